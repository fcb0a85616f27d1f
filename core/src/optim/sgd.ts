/** Stochastic gradient descent. */
import { requireOptions } from "../base/options.ts";
import { ops } from "../trace/functions.ts";
import type { Tensor } from "../trace/tensor.ts";
import { type Memory, Optimizer, type Parameter, requireRates } from "./optimizer.ts";

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
  constructor(
    parameters: readonly Parameter[],
    readonly options: SGDOptions = {},
  ) {
    requireOptions("SGD", options, ["lr", "momentum", "weightDecay"]);
    requireRates(options);
    super(parameters);
  }

  protected remember(parameter: Tensor): Memory {
    return { momentum: ops.zerosLike(parameter) };
  }

  protected change(gradient: Tensor, parameter: Tensor, memory: Memory): Tensor {
    const { lr = 1e-3, momentum = 0, weightDecay = 0 } = this.options;
    const decayed = weightDecay ? gradient.add(parameter.mul(weightDecay)) : gradient;
    if (!momentum) return decayed.mul(lr);
    const buffer = memory["momentum"]!;
    return buffer.update(buffer.mul(momentum).add(decayed)).mul(lr);
  }
}
