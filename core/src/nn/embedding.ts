/** A table of vectors, looked up by id. */
import type { Type } from "../tensor/type.ts";
import type { Tensor } from "../trace/tensor.ts";
import { normalParameter, unfilled } from "./init.ts";
import { Module } from "./module.ts";

/**
 * int64 `[…]` → `[…, embeddingDim]`. `weight` is `[numEmbeddings, embeddingDim]`, drawn from N(0, 1).
 * @see torch.nn.Embedding
 */
export class Embedding extends Module {
  weight: Tensor;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    { init = "default" }: { readonly init?: "default" | "empty" } = {},
  ) {
    super();
    const shape = [numEmbeddings, embeddingDim];
    this.weight = init === "empty" ? unfilled(shape) : normalParameter(shape);
  }

  forward(ids: Tensor): Tensor {
    return ids.embedding(this.weight);
  }

  override get inputType(): Type {
    return { dtype: "int64", shape: [{ name: "batch" }, { name: "position" }] };
  }

  override extra(): string {
    return `${this.numEmbeddings}, ${this.embeddingDim}`;
  }
}
