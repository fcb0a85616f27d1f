/** Layers that slide over places, and the one of GPT-2 that only bears the name. */
import type { Tensor } from "../trace/tensor.ts";
import { unfilled, uniformParameter } from "./init.ts";
import type { LinearOptions } from "./linear.ts";
import { Module, type Role } from "./module.ts";

/**
 * x · W + b, a Linear whose `weight` is `[inFeatures, outFeatures]`.
 * @see transformers.pytorch_utils.Conv1D
 */
export class Conv1D extends Module {
  weight: Tensor;
  bias: Tensor;

  constructor(
    readonly outFeatures: number,
    readonly inFeatures: number,
  ) {
    super();
    this.weight = unfilled([inFeatures, outFeatures]);
    this.bias = unfilled([outFeatures]);
  }

  forward(x: Tensor): Tensor {
    return x.matmul(this.weight).add(this.bias);
  }

  override get weightRole(): Role {
    return "turned";
  }

  override extra(): string {
    return `nf=${this.outFeatures}, nx=${this.inFeatures}`;
  }
}

export interface Conv2dOptions extends LinearOptions {
  readonly stride?: number;
  readonly padding?: number;
}

/**
 * `[batch, inChannels, height, width]` → `[batch, outChannels, …]`. `weight` is `[outChannels, inChannels, size, size]`.
 * @see torch.nn.Conv2d
 */
export class Conv2d extends Module {
  weight: Tensor;
  bias?: Tensor;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    readonly size: number,
    readonly options: Conv2dOptions = {},
  ) {
    super();
    const bound = 1 / Math.sqrt(inChannels * size * size);
    const make = (...shape: number[]): Tensor =>
      options.init === "empty" ? unfilled(shape) : uniformParameter(shape, bound);
    this.weight = make(outChannels, inChannels, size, size);
    if (options.bias ?? true) this.bias = make(outChannels);
  }

  forward(x: Tensor): Tensor {
    const { stride = 1, padding = 0 } = this.options;
    return x.conv2d(this.weight, this.bias, { stride, padding });
  }

  override extra(): string {
    const { stride = 1 } = this.options;
    const pair = (n: number): string => `(${n}, ${n})`;
    return `${this.inChannels}, ${this.outChannels}, kernel_size=${pair(this.size)}, stride=${pair(stride)}`;
  }
}
