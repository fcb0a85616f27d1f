/** The methods of Python's built-in types, as lazy values have them: by name, what reads and what changes. */
import { KeyError, TypeError, ValueError } from "../base/errors.ts";
import { Complex } from "./complex.ts";
import { kindOf, member, order, placeIn, same } from "./python.ts";
import { step } from "./steps.ts";
import type { Given, Value } from "./value.ts";

/** The methods of Python's built-in types: which of them a value has, the run tells. */
export interface Containers<T> {
  /** The names of a dict. */
  keys(): Value<string[]>;
  /** The members of a dict. */
  values(): Value<unknown[]>;
  /** The names and members of a dict, as pairs. */
  items(): Value<[string, unknown][]>;
  /** A list, dict or set with the same members. */
  copy(): Value<T>;
  /** The place of the first equal member. @throws ValueError at the run when there is none */
  indexOf(item: unknown): Value<number>;
  /** Python's `in`. */
  contains(item: unknown): Value<boolean>;
  upper(): Value<string>;
  lower(): Value<string>;
  strip(): Value<string>;
  /** The texts with this one between them. */
  join(parts: Given<readonly string[]>): Value<string>;
  startsWith(start: Given<string>): Value<boolean>;
  endsWith(end: Given<string>): Value<boolean>;
  union(other: unknown): Value<Set<unknown>>;
  intersection(other: unknown): Value<Set<unknown>>;
  difference(other: unknown): Value<Set<unknown>>;
  conjugate(): Value;
  /** Adds to the end of a list. Changes of one list happen in the order in which they are written. */
  append(item: unknown): void;
  /** Adds all of another list to the end. */
  extend(items: unknown): void;
  insert(at: Given<number>, item: unknown): void;
  /** Takes out the first equal member. @throws ValueError or KeyError at the run when there is none */
  remove(item: unknown): void;
  /** Takes a member out of a set, if it is there. */
  discard(item: unknown): void;
  clear(): void;
  /** Takes out the member at a place of a list, the last one by default, or of a name in a dict. */
  pop(at?: Given<number | string>): Value;
  reverse(): void;
  /** The member of a dict, which is set to `fallback` when there is none. */
  setDefault(key: Given<string>, fallback?: unknown): Value;
  /** Puts a list in order; Python's `list.sort`. */
  sortItems(): void;
}

type Method = (self: unknown, ...args: unknown[]) => unknown;
type Dict = Record<string, unknown>;

const isDict = (x: unknown): x is Dict =>
  typeof x === "object" && x !== null && !Array.isArray(x) && !(x instanceof Set);
const indexIn = (list: readonly unknown[], item: unknown): number => list.findIndex((one) => same(one, item));

function list(self: unknown, name: string): unknown[] {
  if (Array.isArray(self) && !Object.isFrozen(self)) return self;
  throw new TypeError(`${kindOf(self)} has no method '${name}' that changes it.`);
}

function text(self: unknown, name: string): string {
  if (typeof self === "string") return self;
  throw new TypeError(`${kindOf(self)} has no method '${name}': it is one of texts.`);
}

function dict(self: unknown, name: string): Dict {
  if (isDict(self)) return self;
  throw new TypeError(`${kindOf(self)} has no method '${name}': it is one of dicts.`);
}

function set(self: unknown, name: string): Set<unknown> {
  if (self instanceof Set) return self;
  throw new TypeError(`${kindOf(self)} has no method '${name}': it is one of sets.`);
}

function found(list: readonly unknown[], item: unknown): number {
  const at = indexIn(list, item);
  if (at >= 0) return at;
  throw new ValueError(`${String(item)} is not in the list.`);
}

/** A member of a set, more. */
export const addMember = step("add", (self: unknown, item: unknown) => set(self, "add").add(item));

/** A member of a list, text or dict; the fallback for a name that a dict does not have, when one is given. */
export const getMember = (self: unknown, at: unknown, ...fallback: unknown[]): unknown =>
  fallback.length && !Object.hasOwn(Object(self), String(at)) ? fallback[0] : member(self, at);

/** Sets a member of a list or dict; nothing else can be reached by a name. */
export const setMember = step("set", (self: unknown, at: unknown, to: unknown): void => {
  if (Array.isArray(self) || self instanceof Uint8Array) {
    const own = self instanceof Uint8Array ? self : list(self, "set");
    own[placeIn(own, at)] = to as never;
  } else {
    const value = { value: to, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(dict(self, "set"), String(at), value);
  }
});

/** They leave the value as it is. */
export const reading = {
  keys: (self) => Object.keys(dict(self, "keys")),
  values: (self) => Object.values(dict(self, "values")),
  items: (self) => Object.entries(dict(self, "items")),
  copy: (self) =>
    Array.isArray(self) ? [...self] : self instanceof Set ? new Set(self) : { ...dict(self, "copy") },
  indexOf: (self, item) =>
    typeof self === "string" ? self.indexOf(String(item)) : found(self as unknown[], item),
  contains: (self, item) =>
    typeof self === "string"
      ? self.includes(String(item))
      : self instanceof Set
        ? self.has(item)
        : Array.isArray(self)
          ? indexIn(self, item) >= 0
          : Object.hasOwn(dict(self, "contains"), String(item)),
  upper: (self) => text(self, "upper").toUpperCase(),
  lower: (self) => text(self, "lower").toLowerCase(),
  strip: (self) => text(self, "strip").trim(),
  join: (self, parts) => (parts as string[]).join(text(self, "join")),
  startsWith: (self, start) => text(self, "startsWith").startsWith(String(start)),
  endsWith: (self, end) => text(self, "endsWith").endsWith(String(end)),
  union: (self, other) => new Set([...set(self, "union"), ...(other as Iterable<unknown>)]),
  intersection: (self, other) => {
    const others = new Set(other as Iterable<unknown>);
    return new Set([...set(self, "intersection")].filter((one) => others.has(one)));
  },
  difference: (self, other) => {
    const others = new Set(other as Iterable<unknown>);
    return new Set([...set(self, "difference")].filter((one) => !others.has(one)));
  },
  conjugate: (self) => (self instanceof Complex ? self.conjugate() : self),
} satisfies Record<string, Method>;

/** They change the value itself, and some give something. */
export const changing = {
  append: (self, item) => void list(self, "append").push(item),
  extend: (self, items) => void list(self, "extend").push(...(items as Iterable<unknown>)),
  insert: (self, at, item) => void list(self, "insert").splice(Number(at), 0, item),
  remove: (self, item) => {
    if (self instanceof Set) {
      if (!self.delete(item)) throw new KeyError(`${String(item)} is not in the set.`);
    } else list(self, "remove").splice(found(list(self, "remove"), item), 1);
  },
  discard: (self, item) => void set(self, "discard").delete(item),
  clear: (self) => {
    if (Array.isArray(self)) list(self, "clear").length = 0;
    else if (self instanceof Set) self.clear();
    else for (const key of Object.keys(dict(self, "clear"))) delete (self as Dict)[key];
  },
  pop: (self, at = -1) => {
    if (!Array.isArray(self)) {
      const value = member(dict(self, "pop"), at);
      delete (self as Dict)[String(at)];
      return value;
    }
    const value = member(list(self, "pop"), at);
    self.splice(Number(at), 1);
    return value;
  },
  reverse: (self) => void list(self, "reverse").reverse(),
  setDefault: (self, key, fallback = null) => {
    const entries = dict(self, "setDefault");
    const name = String(key);
    if (!Object.hasOwn(entries, name)) entries[name] = fallback;
    return entries[name];
  },
  sortItems: (self) => void list(self, "sortItems").sort(order),
} satisfies Record<string, Method>;

for (const [name, call] of Object.entries(reading)) step(`list.${name}`, call, { reads: true });
for (const [name, call] of Object.entries(changing)) step(`list.${name}`, call);
