/** Python's built-ins as lazy values, made anew at each run. */
import { bytesOf } from "./bytes.ts";
import { Complex } from "./complex.ts";
import { step } from "./steps.ts";
import { applied, type Given, type Value } from "./value.ts";

const make = {
  int: step("make.int", (x) => Math.trunc(Number(x)), { reads: true }),
  float: step("make.float", (x) => Number(x), { reads: true }),
  complex: step("make.complex", (re, im) => new Complex(Number(re), Number(im)), { reads: true }),
  bool: step("make.bool", (x) => Boolean(x), { reads: true }),
  str: step("make.str", (x) => String(x), { reads: true }),
  list: step("make.list", (x) => [...(x as Iterable<unknown>)], { reads: true }),
  tuple: step("make.tuple", (x) => Object.freeze([...(x as Iterable<unknown>)]), { reads: true }),
  set: step("make.set", (x) => new Set(x as Iterable<unknown>), { reads: true }),
  dict: step("make.dict", (x) => ({ ...(x as object) }), { reads: true }),
  bytes: step("make.bytes", bytesOf, { reads: true }),
};

/** `nnsight.int(5)`: a whole number; a fraction is cut off. */
export const int = (value: Given<number | string | boolean> = 0): Value<number> =>
  applied("int", make.int, [value]);

/** `nnsight.float(0.5)`. */
export const float = (value: Given<number | string | boolean> = 0): Value<number> =>
  applied("float", make.float, [value]);

/** `nnsight.complex(1, 2)`: Python's `1+2j`. */
export const complex = (real: Given<number> = 0, imag: Given<number> = 0): Value<Complex> =>
  applied("complex", make.complex, [real, imag]);

/** `nnsight.bool(true)`. */
export const bool = (value: Given<unknown> = false): Value<boolean> => applied("bool", make.bool, [value]);

/** `nnsight.str("I am a ")`. */
export const str = (value: Given<unknown> = ""): Value<string> => applied("str", make.str, [value]);

/** `nnsight.list([1, 2])`: a new list at each run; its members may be lazy. */
export const list = (items: Given<Iterable<unknown>> = []): Value<unknown[]> =>
  applied("list", make.list, [items]);

/** `nnsight.tuple([1, 2])`. */
export const tuple = (items: Given<Iterable<unknown>> = []): Value<readonly unknown[]> =>
  applied("tuple", make.tuple, [items]);

/** `nnsight.set([1, 2])`. */
export const set = (items: Given<Iterable<unknown>> = []): Value<Set<unknown>> =>
  applied("set", make.set, [items]);

/** `nnsight.dict({ five: value })`: its members may be lazy. */
export const dict = (
  entries: Given<Readonly<Record<string, unknown>>> = {},
): Value<Record<string, unknown>> => applied("dict", make.dict, [entries]);

/** `nnsight.bytes("text")` or of numbers from 0 to 255. */
export const bytes = (value: Given<string | Iterable<number>> = []): Value<Uint8Array> =>
  applied("bytes", make.bytes, [value]);

/** Like `bytes`; its members can be set. */
export const bytearray = (value: Given<string | Iterable<number>> = []): Value<Uint8Array> =>
  applied("bytearray", make.bytes, [value]);
