/** The architectures that can be built, by the `model_type` of their config. A new one is a file and a row. */
import type { CacheShape } from "../../generate/generation.ts";
import type { Module } from "../../nn/module.ts";
import { type LlamaConfig, LlamaForCausalLM } from "./llama.ts";

type Config = Readonly<Record<string, unknown>>;

export interface Architecture {
  build(config: Config): Module;
  /** Positions that the model knows. */
  context(config: Config): number;
  /** What it remembers in generation; absent for models that do not generate. */
  cache?(config: Config): CacheShape;
}

export const architectures: Readonly<Record<string, Architecture>> = {
  llama: {
    build: (config) => new LlamaForCausalLM(config as unknown as LlamaConfig),
    context: (config) => Number(config["max_position_embeddings"]),
    cache: (config) => ({
      layers: Number(config["num_hidden_layers"]),
      heads: Number(config["num_key_value_heads"]),
      headDim: Number(config["head_dim"]),
    }),
  },
};
