/** Trees of plain values as JSON and back: what JSON cannot say itself stands in an object of one key that names it. */
import { ValueError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";

export type Packed =
  | null
  | boolean
  | number
  | string
  | readonly Packed[]
  | { readonly [key: string]: Packed };

/** What else a tree may hold: each by the key that names it. */
export interface Leaves {
  /** Nothing for what is no leaf. */
  pack(x: unknown): readonly [key: string, content: Packed] | undefined;
  /** @throws ValueError for what cannot be one */
  unpack(key: string, content: Packed): unknown;
}

/** Trees within trees. */
const deepest = 100;

/** @throws ValueError for what can be told to nobody else, such as a function */
export function pack(x: unknown, leaves: Leaves, depth = 0): Packed {
  if (depth > deepest) throw new ValueError(`a value that is sent nests deeper than ${deepest} lists.`);
  const inside = (one: unknown): Packed => pack(one, leaves, depth + 1);
  const leaf = leaves.pack(x);
  if (leaf) return { [leaf[0]]: leaf[1] };
  if (x === null || typeof x === "boolean" || typeof x === "string") return x;
  if (typeof x === "number")
    return Number.isFinite(x) && !Object.is(x, -0) ? x : { number: String(Object.is(x, -0) ? "-0" : x) };
  if (x === undefined) return { undefined: null };
  if (typeof x === "bigint") return { bigint: String(x) };
  if (Array.isArray(x)) return Object.isFrozen(x) ? { tuple: x.map(inside) } : x.map(inside);
  if (x instanceof Set) return { set: [...x].map(inside) };
  if (x instanceof Uint8Array) return { bytes: [...x] };
  if (isPlainObject(x)) return { dict: Object.entries(x).map(([key, value]) => [key, inside(value)]) };
  throw new ValueError(
    `${typeof x === "object" ? `an object of the class ${x.constructor?.name}` : `a ${typeof x}`} cannot be sent: give numbers, texts, tensors, or lists, dicts and sets of them.`,
  );
}

/** @throws ValueError for what no tree is packed as */
export function unpack(packed: Packed, leaves: Leaves, depth = 0): unknown {
  if (depth > deepest) throw new ValueError(`a value nests deeper than ${deepest} lists.`);
  const inside = (one: Packed): unknown => unpack(one, leaves, depth + 1);
  if (packed === null || typeof packed !== "object") return packed;
  if (isList(packed)) return packed.map(inside);
  const [[key, content] = ["", null], ...more] = Object.entries(packed);
  if (more.length) throw new ValueError("a value has several kinds.");
  if (key === "undefined") return undefined;
  if (key === "number") return numberOf(content);
  if (key === "bigint" && typeof content === "string" && /^-?\d{1,40}$/.test(content)) return BigInt(content);
  if (isList(content)) {
    if (key === "tuple") return Object.freeze(content.map(inside));
    if (key === "set") return new Set(content.map(inside));
    if (key === "bytes") return Uint8Array.from(content, Number);
    if (key === "dict") return Object.fromEntries(content.map((entry) => entryOf(entry, inside)));
  }
  return leaves.unpack(key, content);
}

function entryOf(entry: Packed, inside: (one: Packed) => unknown): [string, unknown] {
  if (isList(entry) && entry.length === 2 && typeof entry[0] === "string")
    return [entry[0], inside(entry[1]!)];
  throw new ValueError("an entry of a dict is no name with a value.");
}

function numberOf(text: Packed): number {
  if (text === "-0") return -0;
  const number = {
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
    "-Infinity": Number.NEGATIVE_INFINITY,
  }[String(text)];
  if (number === undefined) throw new ValueError(`${JSON.stringify(text)} is no number.`);
  return number;
}

export const isList = (x: unknown): x is readonly Packed[] => Array.isArray(x);
