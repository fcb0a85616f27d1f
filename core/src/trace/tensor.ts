/** What a user holds: concrete numbers, or a value of the open program. Its methods come from the table of ops. */
import { RuntimeError, TypeError, ValueError } from "../base/errors.ts";
import { leavesOf, mapTree } from "../base/tree.ts";
import { takeSite } from "../base/where.ts";
import type { Result } from "../ir/node.ts";
import { opNamed, opNames } from "../ops/named.ts";
import type { Operand, Value } from "../ops/spec.ts";
import type { OpName, Table } from "../ops/table.ts";
import { type Data, type Host, sizeOf } from "../tensor/host.ts";
import { printTensor } from "../tensor/print.ts";
import type { DType, Type } from "../tensor/type.ts";
import { applyOp } from "./apply.ts";
import { type AxisNames, axisNamesOf } from "./axes.ts";
import { rebind } from "./cells.ts";
import { currentScope, written } from "./contexts.ts";
import { addListWays, nested, printLazy, refuse } from "./convert.ts";
import { describe } from "./describe.ts";
import type { Methods } from "./methods.ts";
import { dynamics } from "./operands.ts";
import type { Rows } from "./rows.ts";
import { isScalar, markScalar, type Scalar } from "./scalar.ts";
import { numbersOf } from "./shape.ts";
import { type Index, isLazy, type Lazy, type Origin, type State } from "./state.ts";
import { Variable } from "./variable.ts";
import type { Words } from "./words.ts";

/** Where a write through a handle goes besides the handle: the tensor it is a region of, or an edge of the model. */
export interface Home {
  /** It is there only until the run: what has numbers then is a value of its own. */
  readonly passing?: true;
  write(next: Tensor, change?: { readonly value: Content; readonly indices: readonly Index[] }): void;
  /** What the model makes at the place that it stands for, whatever was written there. */
  readonly reached?: Result | undefined;
  /** The value of the whole batch, of which it is the rows of one invoke. */
  readonly whole?: { readonly lazy: Lazy; readonly rows: Rows };
}

/** What can be written into a region. */
export type Content = Tensor | number | boolean;

/** What the axes of a value are called. */
export interface Axes {
  readonly names: AxisNames;
  readonly words: Words | undefined;
}

export interface Tensor extends Methods<Table, Tensor> {}

export class Tensor implements Operand {
  /** One place along the first axis, read or written. */
  [index: number]: Tensor;
  /** A stretch of the first axis, as `t["1:5"]`, read or written. */
  [slice: `${string}:${string}`]: Tensor;
  declare readonly isOperand: true;
  readonly #variable: Variable;
  #home: Home | undefined;
  readonly #origin: Origin | undefined;
  #axes: Axes | undefined;
  #grad: Tensor | undefined;
  /** The numbers of a handle that a program has taken over. */
  #before: Host | undefined;

  /** For the library. Users write `tensor(...)` or read a module. */
  constructor(state: State, home?: Home, origin?: Origin) {
    this.#variable = new Variable(state);
    this.#home = home;
    this.#origin = origin;
  }

  /** Whether this is a tensor. Asks nothing of it, so that no code of a user's object runs. */
  static owns(x: object): x is Tensor {
    return #variable in x;
  }

  /**
   * The numbers, or the place in a program that is still open.
   * @throws ValueError when the program has run and this was not saved, or was never reached
   */
  get state(): State {
    const held = this.#settled();
    if (!isLazy(held)) return held;
    return held.scope.state === "open" ? this.#variable.state : held.scope.valueOf(held.result);
  }

  /** Concrete as soon as the program has run, without an error where it has not. */
  #settled(): State {
    const state = this.#variable.held;
    if (!isLazy(state) || state.scope.state === "open") return state;
    const value = (state.scope.peek(state.result) as Host | undefined) ?? this.#before;
    if (!value) return state;
    if (this.#home?.passing) this.#home = undefined;
    // Read, a stack is text; until then it keeps the objects of its frames.
    void this.#origin?.where.stack;
    const { shape } = state.result.type;
    this.#axes = { names: axisNamesOf(state.result), words: state.scope.words(shape) };
    return (this.#variable.held = value);
  }

  /** Whether it has numbers: a lazy one has them once its program has run, if it was saved there and reached. */
  get reached(): boolean {
    return !isLazy(this.#settled());
  }

  /** Names of the axes, and words for the places along one, as the model knew them; for pictures. */
  get axes(): Axes | undefined {
    this.#settled();
    return this.#axes;
  }

  /** dtype and sizes; those of a lazy tensor may have names instead of numbers. */
  get type(): Type {
    const state = this.#settled();
    return isLazy(state) ? state.result.type : state;
  }

  /** Where the value was read, if it was read from a model. */
  get origin(): Origin | undefined {
    return this.#origin;
  }

  get dtype(): DType {
    return this.type.dtype;
  }

  /** The number of dimensions. */
  get ndim(): number {
    return this.type.shape.length;
  }

  /**
   * The sizes.
   * @throws ShapeError when a size is read that only a run or a scan can tell
   */
  get shape(): number[] {
    const state = this.#settled();
    if (!isLazy(state)) return [...state.shape];
    return numbersOf(state.result.type, (dim) => state.scope.unknownSize(dim));
  }

  /** How many values. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The values in row-major order, a copy: Float32Array, BigInt64Array, or Uint8Array for bool. */
  get data(): Data {
    return this.#host("raw data").data.slice();
  }

  /** The values as nested arrays; one value for a tensor without dimensions. */
  toArray(): unknown {
    return nested(this.#host("an array"));
  }

  /** The one value of a tensor of one element; of a lazy one it is a lazy scalar. @throws ValueError when there are more */
  item(): Scalar {
    const state = this.state;
    if (isLazy(state)) return markScalar(this.reshape([]));
    takeSite();
    if (sizeOf(state.shape) === 1) return nested({ ...state, shape: [] }) as Scalar;
    throw new ValueError(
      `a Tensor with ${sizeOf(state.shape)} elements cannot be converted to a scalar: index it first, or use toArray().`,
    );
  }

  /** For the library: what a handle stands for from here on. Where its program fails, it has its numbers again. */
  static hold(tensor: Tensor, lazy: Lazy): void {
    const { state } = tensor;
    if (!isLazy(state)) tensor.#before = state;
    tensor.#variable.held = lazy;
  }

  /** Keeps the value when the trace has run, and then nothing else of it. A handle that is written through later keeps its last value. */
  save(): this {
    if (isLazy(this.state)) this.#variable.save(() => void this.#settled());
    return this;
  }

  /**
   * Reads a region: integers (negative from the end), slices `"1:5"`, `":"`, `"::2"`, `"..."`, `null` for a new axis, lists
   * and tensors of integers, and masks.
   * What is written into the result is written into this tensor, too.
   * @throws IndexError when a place is outside
   */
  at(...given: Index[]): Tensor {
    const indices = given.map((index) => (index instanceof Tensor ? new Tensor(index.state) : index));
    const home: Home = { write: (next) => this.set(indices, next), reached: this.#home?.reached };
    return written(() => call("getitem", [this, ...indices], home, this.#regionOf(indices)) as Tensor);
  }

  /** Writes a value, broadcast, into a region. Through a chain of indices the base and the module's edge change. */
  set(indices: readonly Index[], value: Content): void {
    written(() => {
      for (const one of [value, ...indices]) this.#refuseLazy(one);
      this.#rebind(call("setitem", [this, value, ...indices]) as Tensor, { value, indices });
    });
  }

  /** Fills the whole tensor; Python's `t[:] = value`. */
  fill(value: Content): this {
    this.set(["..."], value);
    return this;
  }

  /** Gives this handle a new value, and the module's edge too, if it is one. */
  update(value: Tensor): this {
    written(() => {
      this.#refuseLazy(value);
      this.#rebind(value);
    });
    return this;
  }

  add_(other: Value): this {
    return written(() => this.update(this.add(other)));
  }

  sub_(other: Value): this {
    return written(() => this.update(this.sub(other)));
  }

  mul_(other: Value): this {
    return written(() => this.update(this.mul(other)));
  }

  div_(other: Value): this {
    return written(() => this.update(this.div(other)));
  }

  /** Draws uniform numbers from `from` up to `to` into the tensor, as PyTorch's generator gives them. */
  uniform_(from = 0, to = 1): this {
    return written(() => this.update(call("uniform", [this, from, to]) as Tensor));
  }

  /** Draws numbers of a normal distribution into the tensor, as PyTorch's generator gives them. */
  normal_(mean = 0, std = 1): this {
    return written(() => this.update(call("normal", [this, mean, std]) as Tensor));
  }

  /**
   * The gradient with respect to this value, of the `backward()` that is called before or after this line, in the same trace;
   * the sum when there were several before. It can be assigned and written into, which changes what flows on to earlier layers.
   * @throws RuntimeError outside a trace, unless it was read in one or kept by `retainGrad()`; at the run when there is no backward pass
   */
  get grad(): Tensor {
    return (this.#grad = written(() =>
      this.#grad && !currentScope() ? this.#grad : gradients.read(this, this.#home?.whole),
    ));
  }

  set grad(value: Tensor) {
    written(() => gradients.write(this, this.#home?.whole, value));
  }

  /** Keeps the gradient, to be read as `grad` after the trace. */
  retainGrad(): this {
    this.grad.save();
    return this;
  }

  /** Accepted for likeness with torch: gradients are computed for what is asked for. */
  requiresGrad_(_on = true): this {
    return this;
  }

  /**
   * Goes back from this value, a single number, through all that it was computed from: `x.grad` of any of it is there then.
   * @param gradient of this value, in its shape; 1 unless given, and needed when there are several values
   * @throws RuntimeError outside a trace, and for several values without `gradient`
   */
  backward(gradient?: Tensor): void {
    written(() => gradients.backward(this, gradient));
  }

  /** Ends the forward once this value is there, and its module has come to it: what needs a later module stays unset. */
  stop(): void {
    const state = this.state;
    if (!isLazy(state))
      throw new RuntimeError("stop() ends the forward of an open trace; this tensor is of none.");
    const reached = this.#home?.reached;
    state.scope.stop(state.result, ...(reached ? [reached] : []));
  }

  /** As torch prints it. A lazy tensor tells its node, and no value. */
  toString(): string {
    const state = this.state;
    if (isLazy(state)) return printLazy(state.result, state.scope.builder.nodes);
    return isScalar(this) ? String(this.item()) : printTensor(state);
  }

  toJSON(): unknown {
    return nested(this.#host("JSON"));
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  [Symbol.toPrimitive](hint: string): number | string {
    const host = this.#host(hint === "number" ? "a number" : "a string, a key or an index");
    return hint === "number" || (hint === "default" && sizeOf(host.shape) === 1)
      ? this.item()
      : printTensor(host);
  }

  *[Symbol.iterator](): Generator<Tensor> {
    const { shape } = this.#host("iteration");
    if (shape.length === 0) throw new TypeError("a 0-d tensor cannot be iterated over: use item().");
    for (let i = 0; i < shape[0]!; i++) yield this.at(i);
  }

  #host(use: string): Host {
    const state = this.state;
    if (!isLazy(state)) return state;
    return written(() => {
      throw refuse(use);
    });
  }

  #refuseLazy(value: Content | Index): void {
    if (value instanceof Tensor && isLazy(value.state) && !isLazy(this.state))
      throw new TypeError(
        "a lazy value cannot be written into a concrete tensor, as it has no numbers yet. " +
          "Make a new value (`const y = x.add(lazy)`), or write after the trace.",
      );
  }

  #rebind(given: Tensor, change?: { readonly value: Content; readonly indices: readonly Index[] }): void {
    const mine = this.state;
    const next = dynamics.owns(given) ? dynamics.asTensor(given, this.type, "the tensor") : given;
    this.#home?.write(next, change);
    if (isLazy(mine)) rebind(this.#variable, next.state);
    else {
      refuseInLoop();
      this.#variable.held = next.state;
    }
  }

  #regionOf(indices: readonly Index[]): Origin | undefined {
    if (!this.#origin) return undefined;
    const written = indices
      .map((index) =>
        index instanceof Tensor ? "tensor" : dynamics.owns(index) ? "value" : JSON.stringify(index),
      )
      .join(", ");
    const one = indices.length === 1 && typeof indices[0] === "number";
    const expression = `${this.#origin.expression}${one ? `[${written}]` : `.at(${written})`}`;
    return { ...this.#origin, expression };
  }
}

/** What `grad` and `backward` do; gradients.ts says it, which needs tensors itself. */
export const gradients: {
  read(of: Tensor, whole: Home["whole"]): Tensor;
  write(of: Tensor, whole: Home["whole"], value: Tensor): void;
  backward(from: Tensor, gradient: Tensor | undefined): void;
} = { read: notReady, write: notReady, backward: notReady };

function notReady(): never {
  throw new RuntimeError("gradients are not loaded: import them from nnsight-ts.");
}

/** Calls an op as a user does, with tensors and numbers. */
export function call(name: OpName, args: readonly unknown[], home?: Home, origin?: Origin): unknown {
  if (args.some(isDynamic)) return dynamics.call(name, args);
  const entry = opNamed(name);
  if (entry.functionOnly && leavesOf(args, isScalarTensor).length)
    return dynamics.call(name, mapTree(args, isScalarTensor, dynamics.lazyItem) as readonly unknown[]);
  const { operands, params } = entry.call(...args);
  const states = applyOp(
    name,
    operands.map((operand) => (operand instanceof Tensor ? operand.state : stateless(name, operand))),
    params,
  );
  const tensors = states.map(
    (state) => new Tensor(state, entry.view ? (home ?? viewOf(name)) : home, origin),
  );
  if (entry.list) return tensors;
  if (
    operands.some(isScalarTensor) &&
    operands.every((one) => isScalarTensor(one) || typeof one === "number")
  )
    markScalar(tensors[0]!);
  return entry.results && tensors.length > 1 ? named(entry.results, tensors) : tensors[0];
}

const isDynamic = (arg: unknown): boolean =>
  Array.isArray(arg) ? arg.some(dynamics.owns) : dynamics.owns(arg);

function stateless(name: OpName, operand: unknown): number | boolean | undefined {
  if (operand === undefined || typeof operand === "number" || typeof operand === "boolean") return operand;
  throw new TypeError(`${name} takes tensors and numbers; it was given ${describe(operand)}.`);
}

/** Several results by name, and in order when destructured as a list. */
export function named(names: readonly string[], parts: readonly unknown[]): unknown {
  const all = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
  return Object.defineProperty(all, Symbol.iterator, { value: () => parts[Symbol.iterator]() });
}

const isScalarTensor = (x: unknown): x is Tensor => x instanceof Tensor && isScalar(x);

export const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;

/** A tensor, or a value that may turn out to be one. */
export const isOperand = (x: unknown): x is Tensor => x instanceof Tensor || dynamics.owns(x);

/** A loop's body is written once, so that a change of numbers would happen once, and not in each turn. */
function refuseInLoop(): void {
  if (currentScope()?.kind === "loop")
    throw new TypeError(
      "a concrete tensor is changed in the body of a loop, which is written once and run for each item: the change would happen once. " +
        "Begin with a value that the run makes (`const x = nnsight.apply(() => tensor(0))`), or change it after the run.",
    );
}

/** torch would write through a view to its base; here that is refused rather than lost. */
const viewOf = (name: string): Home => ({
  write() {
    throw new RuntimeError(
      `writing into the result of ${name}() would be lost: it is a new value here, not a view. ` +
        'Write into the tensor it was made from, by index (`t.set([0, ":"], v)`), or write into `.clone()` of it.',
    );
  },
});

for (const name of opNames)
  if (!opNamed(name).functionOnly && !Object.hasOwn(Tensor.prototype, name))
    Object.defineProperty(Tensor.prototype, name, {
      value(this: Tensor, ...args: unknown[]) {
        return written(() => call(name, [this, ...args]));
      },
      configurable: true,
      writable: true,
    });

addListWays(Tensor.prototype);
Object.defineProperty(Tensor.prototype, "isOperand", { value: true });
