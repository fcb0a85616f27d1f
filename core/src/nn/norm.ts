/** Normalisation over the last dimension. */
import type { Tensor } from "../trace/tensor.ts";
import { onesParameter, zerosParameter } from "./init.ts";
import { Module } from "./module.ts";

/**
 * x / √(mean(x²) + eps) · weight, over the last dimension.
 * @see torch.nn.RMSNorm
 */
export class RMSNorm extends Module {
  weight: Tensor;

  constructor(
    readonly size: number,
    readonly eps = 1e-6,
  ) {
    super();
    this.weight = onesParameter([size]);
  }

  forward(x: Tensor): Tensor {
    return x.rmsNorm(this.size, this.weight, this.eps);
  }

  override extra(): string {
    return `(${this.size},), eps=${this.eps}`;
  }
}

/**
 * (x − mean) / √(variance + eps) · weight + bias, over the last dimension.
 * @see torch.nn.LayerNorm
 */
export class LayerNorm extends Module {
  weight: Tensor;
  bias: Tensor;

  constructor(
    readonly size: number,
    readonly eps = 1e-5,
  ) {
    super();
    this.weight = onesParameter([size]);
    this.bias = zerosParameter([size]);
  }

  forward(x: Tensor): Tensor {
    return x.layerNorm(this.size, this.weight, this.bias, this.eps);
  }

  override extra(): string {
    return `(${this.size},), eps=${this.eps}`;
  }
}
