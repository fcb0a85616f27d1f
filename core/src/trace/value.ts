/** Lazy values that are no tensors: what `apply` returns, and Python's built-ins. */
import { ValueError } from "../base/errors.ts";
import { mapTree, type Tree } from "../base/tree.ts";
import { here } from "../base/where.ts";
import { nodeName } from "../ir/name.ts";
import type { Made, Result } from "../ir/node.ts";
import { isHost } from "../tensor/host.ts";
import { broughtInto } from "./apply.ts";
import { repr } from "./log.ts";
import { member, operators } from "./python.ts";
import type { Recording } from "./recording.ts";
import { isLazy, type Lazy } from "./state.ts";
import { Tensor } from "./tensor.ts";
import { writable } from "./writable.ts";

/** What may stand in for a `T` while a trace is written. */
export type Given<T> = T | Value<T>;

/**
 * A value that the run will make. `.value` gives it afterwards, if it was saved.
 * @typeParam T what it will be
 */
export class Value<T = unknown> {
  /** Says to the compiler of cells that this may be lazy. */
  declare readonly isOperand: true;
  #lazy: Lazy;
  #saved = false;
  /** The change of this list or dict that was written last: the next one comes after it. */
  #changed: Lazy | undefined;

  /** For the library: users write `nnsight.list()`, `tracer.apply(…)` and the like. */
  constructor(lazy: Lazy) {
    this.#lazy = lazy;
  }

  get state(): Lazy {
    return this.#lazy;
  }

  /** Keeps the value when the trace has run. */
  save(): this {
    this.#saved = true;
    const { scope } = this.#lazy;
    scope.save(() => this.#lazy.scope === scope && this.#lazy.result);
    return this;
  }

  /** The value, after the run. @throws ValueError when it was not saved, or never reached */
  get value(): T {
    const { scope, result } = this.#lazy;
    if (scope.state === "open")
      throw new ValueError("Accessing value before it's been set. It is there when its trace has run.");
    return held(scope.madeOf(result)) as T;
  }

  /** Whether the run has made it. */
  get reached(): boolean {
    const { scope, result } = this.#lazy;
    return scope.state === "closed" && scope.peek(result) !== undefined;
  }

  /** Gives this name a new value. */
  update(next: Given<T>): this {
    const made = next instanceof Value ? next.state : applied("update", () => next, []).state;
    const { scope, result } = this.#lazy;
    const set = (to: Result): void => void (this.#lazy = { scope: made.scope, result: to });
    if (made.scope === scope) scope.rebinds(this, result, set);
    set(made.result);
    if (made.scope !== scope && this.#saved) this.save();
    return this;
  }

  add(other: unknown): Value<T> {
    return this.#operate("add", other);
  }
  sub(other: unknown): Value<T> {
    return this.#operate("sub", other);
  }
  mul(other: unknown): Value<T> {
    return this.#operate("mul", other);
  }
  div(other: unknown): Value<T> {
    return this.#operate("div", other);
  }
  floorDivide(other: unknown): Value<T> {
    return this.#operate("floorDivide", other);
  }
  mod(other: unknown): Value<T> {
    return this.#operate("mod", other);
  }
  pow(other: unknown): Value<T> {
    return this.#operate("pow", other);
  }
  eq(other: unknown): Value<boolean> {
    return this.#operate("eq", other);
  }
  ne(other: unknown): Value<boolean> {
    return this.#operate("ne", other);
  }
  lt(other: unknown): Value<boolean> {
    return this.#operate("lt", other);
  }
  le(other: unknown): Value<boolean> {
    return this.#operate("le", other);
  }
  gt(other: unknown): Value<boolean> {
    return this.#operate("gt", other);
  }
  ge(other: unknown): Value<boolean> {
    return this.#operate("ge", other);
  }

  /** A member of a list, text or dict. */
  get(key: Given<string | number>): Value {
    return this.#read("getitem", member, key);
  }

  /** Adds to the end of a list. Changes of one list happen in the order in which they are written. */
  append(item: unknown): void {
    this.#change("append", (list, added) => void (list as unknown[]).push(added), item);
  }

  /** Adds all of another list to the end. */
  extend(items: unknown): void {
    this.#change("extend", (list, added) => void (list as unknown[]).push(...(added as unknown[])), items);
  }

  /** Sets a member of a list or dict. */
  set(key: Given<string | number>, item: unknown): void {
    const write = (container: unknown, at: unknown, to: unknown): void => {
      (container as Record<string, unknown>)[String(at)] = to;
    };
    this.#change("setitem", write, key, item);
  }

  /** Its node while the trace is written, then the value as Python shows it. */
  toString(): string {
    const { scope, result } = this.#lazy;
    if (scope.state === "open") return `InterventionProxy (${nodeName(result.node, scope.builder.nodes)}): `;
    const value: unknown = this.value;
    return typeof value === "string" ? value : repr(value);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** For the library: what must be written before this may be read. */
  get order(): readonly Lazy[] {
    return this.#changed ? [this.#changed] : [];
  }

  #operate<R>(name: string, other: unknown): Value<R> {
    return this.#read(name, operators[name]!, other);
  }

  #read<R>(name: string, read: (...args: unknown[]) => unknown, ...args: unknown[]): Value<R> {
    return applied(name, read, [this, ...args]) as Value<R>;
  }

  #change(name: string, change: (...args: unknown[]) => void, ...args: unknown[]): void {
    this.#changed = applied(name, change, [this, ...args]).state;
  }
}

Object.defineProperty(Value.prototype, "isOperand", { value: true });

/** Records a call of a host function; its arguments may hold tensors and values, anywhere. */
export function applied<T>(
  name: string,
  call: (...args: unknown[]) => T,
  args: readonly unknown[],
): Value<T> {
  const recording = writable(args.filter((arg) => arg instanceof Value).map((value) => value.state.scope));
  const after: Result[] = [];
  const results = args.map((arg) => brought(recording, arg, after));
  const run = (given: readonly Tree<Made>[]): Made => {
    const made: unknown = call(...given.map((tree) => mapTree(tree, isMade, held)));
    const state = made instanceof Tensor ? made.state : undefined;
    return state && !isLazy(state) ? state : { plain: made };
  };
  return new Value({ scope: recording, result: recording.builder.apply(name, results, run, after, here()) });
}

/** A tree of tensors, values and plain things, with results in their place; what orders the reading is added to `after`. */
export function brought(recording: Recording, tree: unknown, after: Result[]): Tree<Result> {
  return mapTree(tree, isHeld, (one) => {
    if (one instanceof Value)
      for (const { scope, result } of one.order) if (scope === recording) after.push(result);
    return broughtInto(recording, one.state);
  });
}

export const isHeld = (x: unknown): x is Tensor | Value => x instanceof Tensor || x instanceof Value;

const isMade = (x: unknown): x is Made =>
  typeof x === "object" && x !== null && ("plain" in x || (isHost(x) && !(x instanceof Tensor)));

/** A value of the run as a user holds it. */
export const held = (made: Made): unknown => ("plain" in made ? made.plain : new Tensor(made));
