/** Adam: each place has a step size of its own, by the first and second moments of its gradient (Kingma and Ba, 2015). */
import { requireOptions } from "../base/options.ts";
import { ops } from "../trace/functions.ts";
import type { Tensor } from "../trace/tensor.ts";
import { type Memory, Optimizer, type Parameter, requireRates } from "./optimizer.ts";

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
  constructor(
    parameters: readonly Parameter[],
    readonly options: AdamOptions = {},
  ) {
    requireOptions("Adam", options, ["lr", "betas", "eps", "weightDecay"]);
    requireRates(options);
    super(parameters);
  }

  protected remember(parameter: Tensor): Memory {
    const zeros = (): Tensor => ops.zerosLike(parameter);
    // What is left of the zeros that the moments began with, in double precision as 1 minus it becomes small.
    const whole = (): Tensor => ops.ones([], { dtype: "float64" });
    return { first: zeros(), second: zeros(), firstLeft: whole(), secondLeft: whole() };
  }

  protected change(gradient: Tensor, parameter: Tensor, memory: Memory): Tensor {
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = this.options;
    const { first, second, firstLeft, secondLeft } = memory;
    const [slow, slower] = betas;
    const decayed = weightDecay ? gradient.add(parameter.mul(weightDecay)) : gradient;
    const share = (moment: Tensor, left: Tensor, beta: number, next: Tensor): Tensor => {
      moment.update(moment.mul(beta).add(next.mul(1 - beta)));
      left.update(left.mul(beta));
      return moment.div(left.neg().add(1).to(moment.dtype));
    };
    const mean = share(first!, firstLeft!, slow, decayed);
    const spread = share(second!, secondLeft!, slower, decayed.mul(decayed)).sqrt().add(eps);
    return mean.div(spread).mul(lr);
  }
}
