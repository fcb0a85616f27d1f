/** Adam: each place has a step size of its own, by the first and second moments of its gradient (Kingma and Ba, 2015). */
import type { Tensor } from "../trace/tensor.ts";
import { Optimizer, type Parameter } from "./optimizer.ts";

export interface AdamOptions {
  /** The learning rate. Default 1e-3. */
  readonly lr?: number;
  /** How slowly the two moments forget. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly eps?: number;
  readonly weightDecay?: number;
}

/**
 * @example
 * const optimizer = new optim.Adam([[lora, "up"], [lora, "down"]], { lr: 1e-2 });
 * optimizer.step([up, down]);
 * @see torch.optim.Adam
 */
export class Adam extends Optimizer {
  readonly #moments: { readonly first: Tensor; readonly second: Tensor }[] = [];

  constructor(
    parameters: readonly Parameter[],
    readonly options: AdamOptions = {},
  ) {
    super(parameters);
  }

  protected change(place: number, gradient: Tensor, parameter: Tensor): Tensor {
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = this.options;
    const [slow, slower] = betas;
    const decayed = weightDecay ? gradient.add(parameter.mul(weightDecay)) : gradient;
    const square = decayed.mul(decayed);
    const before = this.#moments[place];
    const first = before ? before.first.mul(slow).add(decayed.mul(1 - slow)) : decayed.mul(1 - slow);
    const second = before ? before.second.mul(slower).add(square.mul(1 - slower)) : square.mul(1 - slower);
    this.#moments[place] = { first, second };
    const mean = first.div(1 - slow ** this.count);
    const spread = second
      .div(1 - slower ** this.count)
      .sqrt()
      .add(eps);
    return mean.div(spread).mul(lr);
  }
}
