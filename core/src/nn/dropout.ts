/** Dropout, which does nothing outside training: a place to look at. */
import type { Tensor } from "../trace/tensor.ts";
import { Module } from "./module.ts";

/** Its input. @see torch.nn.Dropout */
export class Dropout extends Module {
  constructor(readonly p = 0.5) {
    super();
  }

  forward(x: Tensor): Tensor {
    return x;
  }

  override extra(): string {
    return `p=${this.p}, inplace=False`;
  }
}
