/** Lazy values that are no tensors: what `apply` returns, and Python's built-ins. */
import { NNsightError, ValueError } from "../base/errors.ts";
import { leavesOf, mapTree, type Tree } from "../base/tree.ts";
import { here, lineOf } from "../base/where.ts";
import { nodeName } from "../ir/name.ts";
import type { Result } from "../ir/node.ts";
import type { OpName } from "../ops/table.ts";
import { foreign } from "../wire/encode.ts";
import { broughtInto } from "./apply.ts";
import { rebind } from "./cells.ts";
import { addMember, type Containers, changing, getMember, reading, setMember } from "./container-methods.ts";
import { guarded } from "./contexts.ts";
import { addListWays, refuse } from "./convert.ts";
import type { Dynamic } from "./dynamic.ts";
import { repr } from "./log.ts";
import { held } from "./made.ts";
import { dynamics } from "./operands.ts";
import type { Recording } from "./recording.ts";
import { isScalar } from "./scalar.ts";
import { isWithin } from "./scope.ts";
import { isLazy, type Lazy } from "./state.ts";
import { type HostFunction, isStep, runOf, step } from "./steps.ts";
import { Tensor } from "./tensor.ts";
import { Variable } from "./variable.ts";
import { writable } from "./writable.ts";

/** What may stand in for a `T` while a trace is written. */
export type Given<T> = T | Value<T>;

function define(prototype: object, name: string, value: HostFunction): void {
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}

/** The value as it is, made anew at each run when it is a list or dict. */
export const same = step("value", (given) => given, { reads: true });

const getItem = step(
  "get",
  (self, at, ...other) => (self instanceof Tensor ? self.at(at) : getMember(self, at, ...other)),
  { reads: true },
);

export interface Value<T = unknown> extends Containers<T> {}

/**
 * A value that the run will make. `.value` gives it afterwards, if it was saved.
 * @typeParam T what it will be
 */
export class Value<T = unknown> {
  /** Says to the compiler of cells that this may be lazy. */
  declare readonly isOperand: true;
  readonly #variable: Variable;
  /** The change of this list or dict that was written last: the next one comes after it. */
  #changed: Lazy | undefined;

  /** For the library: users write `nnsight.list()`, `tracer.apply(…)` and the like. */
  constructor(lazy: Lazy) {
    this.#variable = new Variable(lazy);
  }

  get state(): Lazy {
    return this.#variable.state as Lazy;
  }

  /** Keeps the value when the trace has run. */
  save(): this {
    this.#variable.save();
    return this;
  }

  /** The value, after the run. @throws ValueError when it was not saved, or never reached */
  get value(): T {
    const { scope, result } = this.#variable.lazy;
    if (scope.state === "open")
      throw new ValueError("Accessing value before it's been set. It is there when its trace has run.");
    return held(scope.madeOf(result)) as T;
  }

  /** Whether the run is still to come. */
  get pending(): boolean {
    return this.#variable.lazy.scope.state === "open";
  }

  /** Whether the run has made it. */
  get reached(): boolean {
    const { scope, result } = this.#variable.lazy;
    return scope.state === "closed" && scope.peek(result) !== undefined;
  }

  /** Gives this name a new value. */
  update(next: Given<T>): this {
    const made = isHeld(next) ? next.state : applied("update", same, [next]).state;
    guarded(() => rebind(this.#variable, made));
    return this;
  }

  /** The sum; to a set it adds a member. */
  add(other: unknown): Value<T> {
    const { node } = this.state.result;
    if (node.kind !== "apply" || node.name !== "set") return this.#operate("add", other);
    return this.#change("add", addMember, other) as Value<T>;
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

  /** A member of a list, text or dict; `fallback` for a name that a dict does not have, when it is given. */
  get(key: Given<string | number>, ...fallback: [unknown?]): Value {
    return this.#read("getitem", getItem, key, ...fallback);
  }

  /** A region of a tensor, or a member of a list, text or dict. */
  at(...indices: unknown[]): Value {
    return this.#read("getitem", dynamics.at, ...indices);
  }

  /** The one value of a tensor of one element; a number as it is. */
  item(): Value<number> {
    return this.#read("item", dynamics.item);
  }

  /** How many members, or places along the first axis. */
  get length(): Value<number> {
    return this.#read("len", dynamics.length);
  }

  /** The sizes of a tensor. */
  get shape(): Value<number[]> {
    return this.#read("shape", dynamics.shape);
  }

  /** Fills a whole tensor. */
  fill(value: unknown): this {
    dynamics.write(this, ["..."], value);
    return this;
  }

  /** Sets a member of a list or dict. */
  set(key: Given<string | number>, item: unknown): void {
    if (Array.isArray(key)) {
      dynamics.write(this, key, item);
      return;
    }
    this.#change("setitem", setMember, key, item);
  }

  /** The members of a value that the run has made. @throws TypeError before: loop with `iter`, or with `for` in compiled code */
  *[Symbol.iterator](): Generator<Dynamic> {
    if (this.pending) throw refuse("iteration");
    for (const member of this.value as Iterable<Dynamic>) yield member;
  }

  /** Accepted, as of a tensor. */
  requiresGrad_(_on = true): this {
    return this;
  }

  /** Ends the forward once this value is there, as `stop` of a tensor does. */
  stop(): void {
    const { scope, result } = this.state;
    scope.stop(result);
  }

  /** Its node while the trace is written, then the value as Python shows it. */
  toString(): string {
    const { scope, result } = this.#variable.lazy;
    if (scope.state === "open") return `InterventionProxy (${nodeName(result.node, scope.builder.nodes)}): `;
    const value: unknown = this.value;
    return typeof value === "string" ? value : repr(value);
  }

  toJSON(): unknown {
    const { value } = this;
    return value instanceof Tensor ? value.toJSON() : value;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** For the library: what must be written before this may be read. */
  get order(): readonly Lazy[] {
    return this.#changed ? [this.#changed] : [];
  }

  #operate<R>(name: OpName, other: unknown): Value<R> {
    return dynamics.call(name, [this, other]) as Value<R>;
  }

  /** Recorded while something of it is still to come; what the run has made is read at once. */
  #read<R>(name: string, read: (...args: unknown[]) => unknown, ...args: unknown[]): Value<R> {
    const there = valuesIn([this, ...args]);
    return (leavesOf(there, isHeld).every(isThere) ? read(...there) : applied(name, read, there)) as Value<R>;
  }

  #change(name: string, change: (...args: unknown[]) => unknown, ...args: unknown[]): Value {
    const made = applied(name, change, [this, ...args]);
    this.#changed = made.state;
    return made;
  }

  static {
    for (const [name, read] of Object.entries(reading))
      define(Value.prototype, name, function (this: Value, ...args: unknown[]) {
        return this.#read(name, read as HostFunction, ...args);
      });
    for (const [name, change] of Object.entries(changing))
      define(Value.prototype, name, function (this: Value, ...args: unknown[]) {
        return this.#change(name, change as HostFunction, ...args);
      });
    addListWays(Value.prototype);
  }
}

/** Records a call of a host function; its arguments may hold tensors and values, anywhere. */
export function applied<T>(
  name: string,
  call: (...args: unknown[]) => T,
  args: readonly unknown[],
): Value<T> {
  const recording = writable(
    leavesOf(args, isHeld).flatMap(({ state }) => (isLazy(state) ? [state.scope] : [])),
  );
  const after: Result[] = [];
  const results = args.map((arg) => brought(recording, arg, after));
  const result = recording.builder.apply(name, results, runOf(call), after, here());
  return new Value({ scope: recording, result });
}

/** The same for a function of the user's. In what leaves this process it is recorded: called once with lazy values. */
export function appliedOwn<T>(call: (...args: unknown[]) => T, args: readonly unknown[]): Value<T> {
  const name = call.name || "apply";
  if (isStep(call) || !writable().travels) return applied(name, call, args);
  const line = lineOf(here());
  let made: T;
  try {
    made = call(...args);
  } catch (error) {
    throw explained(error, (problem) => foreign(name, line, problem));
  }
  if (leavesOf(made, isHeld).some(({ state }) => isLazy(state)))
    return applied("value", same, [made]) as Value<T>;
  throw foreign(name, line, "what it gives does not follow from values of the run");
}

/** An error that what is written knows already is told in other words; any other is replaced. */
function explained(error: unknown, tell: (problem: string) => Error): Error {
  if (!(error instanceof NNsightError)) return tell(error instanceof Error ? error.message : String(error));
  const { message, stack = "" } = error;
  const { message: told } = tell(message);
  error.message = told;
  error.stack = stack.replace(message, () => told);
  return error;
}

/** A tree of tensors, values and plain things, with results in their place; what orders the reading is added to `after`. */
export function brought(recording: Recording, tree: unknown, after: Result[]): Tree<Result> {
  return mapTree(tree, isHeld, (one) => {
    const result = broughtInto(recording, one.state);
    if (one instanceof Tensor && isScalar(one))
      return recording.builder.apply("item", [result], runOf(numberIn), [], here());
    if (one instanceof Value) for (const change of one.order) orderAfter(recording, change, after);
    return result;
  });
}

const numberIn = step("number", (x) => (x instanceof Tensor ? x.item() : x), { reads: true });

/** Makes a reading in `recording` come after a change of the same list, which may be outside it or in a loop within it. */
function orderAfter(recording: Recording, change: Lazy, after: Result[]): void {
  let { scope, result } = change;
  while (!isWithin(recording, scope)) {
    if (!scope.region || !scope.outer) return;
    result = scope.region;
    scope = scope.outer;
  }
  if (scope === recording) after.push(result);
  else
    for (let one: Recording | undefined = recording; one; one = one.outer)
      if (one.outer === scope) one.after.push(result);
}

export const isHeld = (x: unknown): x is Tensor | Value => x instanceof Tensor || x instanceof Value;

/** Operands with what a run has made in place of the values that stood for it. */
export const valuesIn = (operands: readonly unknown[]): readonly unknown[] =>
  mapTree(operands, isValue, (one) => (one.pending ? one : one.value)) as readonly unknown[];

export const isValue = (x: unknown): x is Value => x instanceof Value;

const isThere = (one: Tensor | Value): boolean => one instanceof Tensor && one.reached;

Object.defineProperty(Value.prototype, "isOperand", { value: true });
