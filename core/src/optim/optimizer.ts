/** What optimizers have in common: parameters that are given new values by their gradients, at once or in a session. */
import { ShapeError, TypeError, ValueError } from "../base/errors.ts";
import { fits } from "../ir/types.ts";
import { printType } from "../tensor/type.ts";
import { currentScope } from "../trace/contexts.ts";
import { variableIn } from "../trace/lasting.ts";
import { dynamics } from "../trace/operands.ts";
import { Recording } from "../trace/recording.ts";
import { Tensor } from "../trace/tensor.ts";
import { appliedOwn } from "../trace/value.ts";

/** A tensor of one's own, or a parameter of a module: where it stands. */
export type Parameter = Tensor | readonly [owner: object, name: string];

/** What an optimizer remembers of a parameter from step to step. */
export type Memory = Readonly<Record<string, Tensor>>;

const read = (parameter: Parameter): Tensor =>
  parameter instanceof Tensor ? parameter : (Reflect.get(parameter[0], parameter[1]) as Tensor);

/** @throws ValueError for a rate below 0, or none */
export function requireRates(options: object): void {
  for (const [name, given] of Object.entries(options))
    for (const rate of [given].flat())
      if (rate !== undefined && !(rate >= 0))
        throw new ValueError(`${name} is ${rate}; it must be 0 or more.`);
}

function requireParameters(parameters: readonly Parameter[]): void {
  if (!Array.isArray(parameters) || parameters.length === 0)
    throw new ValueError(
      'an optimizer is made of a list of parameters: tensors, or places such as `[module, "weight"]`; it was given none.',
    );
  for (const one of parameters) {
    const value: unknown = read(one);
    if (value instanceof Tensor && value.dtype.startsWith("float")) continue;
    const name = one instanceof Tensor ? "a parameter" : `'${one[1]}'`;
    const found = value instanceof Tensor ? `a tensor of ${value.dtype}` : typeof value;
    throw new TypeError(`an optimizer changes tensors of floats, and ${name} is ${found}.`);
  }
}

function requireGradient(gradient: unknown, { type }: Tensor, place: number): void {
  if (dynamics.owns(gradient)) return;
  if (!(gradient instanceof Tensor))
    throw new TypeError(`step() takes tensors, and gradient ${place} is ${typeof gradient}.`);
  if (fits(type, gradient.type)) return;
  throw new ShapeError(
    `parameter ${place} is ${printType(type)}, and its gradient ${printType(gradient.type)}: give one of the same dtype and shape.`,
  );
}

/**
 * Steps are taken between traces on gradients that a trace has saved; or, of an optimizer that is made inside a session, in
 * that session, on lazy gradients, in its loops, too. A tensor that is trained so has its last value when the session has run.
 */
export abstract class Optimizer {
  /** How many steps were taken, or written. */
  count = 0;
  /** What is changed: the tensor itself; of a module's parameter in a session, a variable that is written back. */
  readonly #values: readonly Tensor[];
  readonly #memories: readonly Memory[];
  readonly #recording: Recording | undefined;

  /** @throws TypeError for a parameter that is no tensor of floats, ValueError for none */
  constructor(readonly parameters: readonly Parameter[]) {
    requireParameters(parameters);
    const open = currentScope();
    const session = open instanceof Recording && open.kind === "session" ? open : undefined;
    this.#recording = session;
    this.#values = parameters.map((one) => {
      const value = read(one);
      if (!session) return value;
      return variableIn(session, one instanceof Tensor ? value : new Tensor(value.state));
    });
    this.#memories = parameters.map((one) => {
      const memory = this.remember(read(one));
      if (session) for (const tensor of Object.values(memory)) variableIn(session, tensor);
      return memory;
    });
  }

  /**
   * Changes each parameter by its gradient.
   * @param gradients one for each parameter, in their order, of the same shape
   * @throws TypeError for another number of gradients, or lazy ones of an optimizer that was made outside the session;
   * ShapeError for one of another shape
   */
  step(gradients: readonly Tensor[]): void {
    const { parameters } = this;
    if (gradients.length !== parameters.length)
      throw new TypeError(
        `step() was given ${gradients.length} gradients, and the optimizer has ${parameters.length} parameters: give one for each, in their order.`,
      );
    for (const [i, gradient] of gradients.entries()) requireGradient(gradient, this.#values[i]!, i);
    const session = this.#recording?.writing ? this.#recording : undefined;
    if (!session && gradients.some(({ reached }) => !reached))
      throw new TypeError(
        "step() was given gradients that have no numbers yet. Take the step after the trace; or, to train within a session, make the optimizer inside it, before its loop: `await lm.session((s) => { const optimizer = new optim.Adam([vector]); s.iter(…) })`.",
      );
    this.count++;
    for (const [i, parameter] of parameters.entries()) {
      const value = session || parameter instanceof Tensor ? this.#values[i]! : read(parameter);
      const next = value.sub(this.change(gradients[i]!, value, this.#memories[i]!));
      if (parameter instanceof Tensor) value.update(next);
      else if (session) appliedOwn((made: unknown) => Reflect.set(...parameter, made), [value.update(next)]);
      else Reflect.set(...parameter, next);
    }
  }

  /** What there is to remember of a parameter before the first step. */
  protected abstract remember(parameter: Tensor): Memory;

  /** What is taken off a parameter; the memory is moved on. */
  protected abstract change(gradient: Tensor, parameter: Tensor, memory: Memory): Tensor;
}
