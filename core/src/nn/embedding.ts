/** A table of vectors, looked up by id. */
import type { Type } from "../tensor/type.ts";
import type { Tensor } from "../trace/tensor.ts";
import { normalParameter, unfilled } from "./init.ts";
import { Module, type Role } from "./module.ts";

export interface EmbeddingOptions {
  /** `default` draws as PyTorch does; `empty` leaves zeros, for weights that are loaded afterwards. */
  readonly init?: "default" | "empty";
  /** What vectors are multiplied by, as in Gemma. */
  readonly scale?: number | undefined;
}

/**
 * int64 `[…]` → `[…, embeddingDim]`. `weight` is `[numEmbeddings, embeddingDim]`, drawn from N(0, 1).
 * @see torch.nn.Embedding
 */
export class Embedding extends Module {
  weight: Tensor;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    readonly options: EmbeddingOptions = {},
  ) {
    super();
    const shape = [numEmbeddings, embeddingDim];
    this.weight = options.init === "empty" ? unfilled(shape) : normalParameter(shape);
  }

  forward(ids: Tensor): Tensor {
    const { scale } = this.options;
    const found = ids.embedding(this.weight);
    return scale === undefined ? found : found.mul(scale);
  }

  override get weightRole(): Role {
    return "table";
  }

  override get inputType(): Type {
    return { dtype: "int64", shape: [{ name: "batch" }, { name: "position" }] };
  }

  override extra(): string {
    return `${this.numEmbeddings}, ${this.embeddingDim}`;
  }
}
