/** Python's operators on plain values: numbers, texts, lists. */
import { TypeError, ValueError } from "../base/errors.ts";
import { Complex, complexOperators } from "./complex.ts";

type Pair = (a: unknown, b: unknown) => unknown;

const numeric =
  (name: string, f: (a: number, b: number) => number): Pair =>
  (a, b) => {
    if (isNumber(a) && isNumber(b)) return f(Number(a), Number(b));
    const complex = complexOperators[name];
    if (complex && isComplex(a) && isComplex(b)) return complex(a, b);
    throw new TypeError(`${name} takes numbers here; it was given ${kindOf(a)} and ${kindOf(b)}.`);
  };

const isComplex = (x: unknown): boolean => isNumber(x) || x instanceof Complex;

const isNumber = (x: unknown): boolean =>
  typeof x === "number" || typeof x === "boolean" || typeof x === "bigint";

export const kindOf = (x: unknown): string =>
  x === null ? "None" : Array.isArray(x) ? "a list" : x instanceof Set ? "a set" : typeof x;

function nonZero(b: number): number {
  if (b === 0) throw new ValueError("division by zero.");
  return b;
}

/** Operators with two operands. `%` and `//` take the sign of the divisor. */
export const operators: Readonly<Record<string, Pair>> = {
  add(a, b) {
    if (typeof a === "string" && typeof b === "string") return a + b;
    if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
    return numeric("add", (x, y) => x + y)(a, b);
  },
  sub: numeric("sub", (a, b) => a - b),
  mul(a, b) {
    if (typeof a === "string") return a.repeat(Math.max(0, Number(b)));
    if (Array.isArray(a)) return Array.from({ length: Math.max(0, Number(b)) }, () => a).flat();
    return numeric("mul", (x, y) => x * y)(a, b);
  },
  div: numeric("div", (a, b) => a / nonZero(b)),
  floorDivide: numeric("floorDivide", (a, b) => Math.floor(a / nonZero(b))),
  mod: numeric("mod", (a, b) => a - Math.floor(a / nonZero(b)) * b),
  pow: numeric("pow", (a, b) => a ** b),
  eq: (a, b) => same(a, b),
  ne: (a, b) => !same(a, b),
  lt: (a, b) => order(a, b) < 0,
  le: (a, b) => order(a, b) <= 0,
  gt: (a, b) => order(a, b) > 0,
  ge: (a, b) => order(a, b) >= 0,
};

export function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (a instanceof Complex || b instanceof Complex)
    return isComplex(a) && isComplex(b) && complexOperators["eq"]!(a, b) === true;
  return a === b || (isNumber(a) && isNumber(b) && Number(a) === Number(b));
}

export function order(a: unknown, b: unknown): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : Number(a > b);
  return numeric("a comparison", (x, y) => x - y)(a, b) as number;
}

/** The place that an index means; negative ones count from the end. @throws ValueError outside */
export function placeIn(container: ArrayLike<unknown>, key: unknown): number {
  const at = Number(key) < 0 ? container.length + Number(key) : Number(key);
  if (at < container.length && at >= 0) return at;
  throw new ValueError(`index ${String(key)} is outside ${kindOf(container)} of ${container.length}.`);
}

/** A member of a list, text or dict; negative places count from the end. @throws IndexError or KeyError as ValueError */
export function member(container: unknown, key: unknown): unknown {
  if (Array.isArray(container) || typeof container === "string") return container[placeIn(container, key)];
  const own = Object(container) as Record<string, unknown>;
  const entry = Object.hasOwn(own, String(key)) ? own[String(key)] : undefined;
  if (entry === undefined) throw new ValueError(`${kindOf(container)} has no '${String(key)}'.`);
  return entry;
}
