/** What optimizers have in common: parameters that are given new values by their gradients. */
import { TypeError } from "../base/errors.ts";
import { Tensor } from "../trace/tensor.ts";

/** A tensor of one's own, or a parameter of a module: where it stands. */
export type Parameter = Tensor | readonly [owner: object, name: string];

const read = (parameter: Parameter): Tensor =>
  parameter instanceof Tensor ? parameter : (Reflect.get(parameter[0], parameter[1]) as Tensor);

function write(parameter: Parameter, value: Tensor): void {
  if (parameter instanceof Tensor) parameter.update(value);
  else Reflect.set(parameter[0], parameter[1], value);
}

/** Steps are taken between traces, on gradients that a trace has saved. */
export abstract class Optimizer {
  /** How many steps were taken. */
  count = 0;

  constructor(readonly parameters: readonly Parameter[]) {}

  /**
   * Changes each parameter by its gradient.
   * @param gradients one for each parameter, in their order, of the same shape
   * @throws TypeError for another number of gradients
   */
  step(gradients: readonly Tensor[]): void {
    const { parameters } = this;
    if (gradients.length !== parameters.length)
      throw new TypeError(
        `step() was given ${gradients.length} gradients, and the optimizer has ${parameters.length} parameters: give one for each, in their order.`,
      );
    this.count++;
    for (const [i, parameter] of parameters.entries())
      write(parameter, read(parameter).sub(this.change(i, gradients[i]!, read(parameter))));
  }

  /** What is taken off the parameter at a place. */
  protected abstract change(place: number, gradient: Tensor, parameter: Tensor): Tensor;
}
