/** Stochastic gradient descent. */
import type { Tensor } from "../trace/tensor.ts";
import { Optimizer, type Parameter } from "./optimizer.ts";

export interface SGDOptions {
  /** The learning rate. Default 1e-3. */
  readonly lr?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
}

/**
 * Takes off the gradient times the learning rate, with momentum if that is given.
 * @example
 * const optimizer = new optim.SGD([steering], { lr: 0.1 });
 * optimizer.step([gradient]);
 * @see torch.optim.SGD
 */
export class SGD extends Optimizer {
  readonly #buffers: Tensor[] = [];

  constructor(
    parameters: readonly Parameter[],
    readonly options: SGDOptions = {},
  ) {
    super(parameters);
  }

  protected change(place: number, gradient: Tensor, parameter: Tensor): Tensor {
    const { lr = 1e-3, momentum = 0, weightDecay = 0 } = this.options;
    const decayed = weightDecay ? gradient.add(parameter.mul(weightDecay)) : gradient;
    if (!momentum) return decayed.mul(lr);
    const before = this.#buffers[place];
    const buffer = before ? before.mul(momentum).add(decayed) : decayed;
    this.#buffers[place] = buffer;
    return buffer.mul(lr);
  }
}
