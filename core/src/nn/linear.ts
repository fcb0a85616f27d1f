/** y = x · Wᵀ + b. */

import type { Type } from "../tensor/type.ts";
import type { Tensor } from "../trace/tensor.ts";
import { unfilled, uniformParameter } from "./init.ts";
import { Module, type Role } from "./module.ts";

export interface LinearOptions {
  /** Whether there is a bias. Default true. */
  readonly bias?: boolean;
  /** `default` draws as PyTorch does; `empty` leaves zeros, for weights that are loaded afterwards. */
  readonly init?: "default" | "empty";
}

/**
 * `[…, inFeatures]` → `[…, outFeatures]`. `weight` is `[outFeatures, inFeatures]`, `bias` `[outFeatures]`.
 * Drawn from U(−1/√inFeatures, 1/√inFeatures), weight first, bit for bit as PyTorch after the same seed.
 * @see torch.nn.Linear
 */
export class Linear extends Module {
  weight: Tensor;
  bias?: Tensor;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    { bias = true, init = "default" }: LinearOptions = {},
  ) {
    super();
    const bound = 1 / Math.sqrt(inFeatures);
    const make = (...shape: number[]): Tensor =>
      init === "empty" ? unfilled(shape) : uniformParameter(shape, bound);
    this.weight = make(outFeatures, inFeatures);
    if (bias) this.bias = make(outFeatures);
  }

  forward(x: Tensor): Tensor {
    return x.linear(this.weight, this.bias);
  }

  override get weightRole(): Role {
    return "product";
  }

  override get inputType(): Type {
    return { dtype: "float32", shape: [{ name: "batch" }, this.inFeatures] };
  }

  override extra(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${this.bias ? "True" : "False"}`;
  }
}
