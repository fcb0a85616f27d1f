/** The first token's hidden state as the summary of all: a layer and tanh. */
import { activationNamed } from "../../../nn/activation-names.ts";
import type { Linear } from "../../../nn/linear.ts";
import { Module } from "../../../nn/module.ts";
import type { Tensor } from "../../../trace/tensor.ts";
import { linear } from "./blocks.ts";

/** `[batch, position, hidden]` → `[batch, out]`. */
export class Pooler extends Module {
  dense: Linear;
  activation: Module;
  readonly #kind: string;

  constructor(kind: string, hidden: number, { out = hidden, activation = "tanh" } = {}) {
    super();
    this.#kind = kind;
    this.dense = linear(hidden, out, true);
    this.activation = activationNamed(activation);
  }

  override get kind(): string {
    return this.#kind;
  }

  forward(x: Tensor): Tensor {
    return this.activation(this.dense(x.at(":", 0)));
  }
}
