/** A small Llama for tests, whose random weights are large enough to tell its parts apart; and how far apart two results are. */
import type { Tensor } from "../src/index.ts";

export const smallLlama = {
  model_type: "llama",
  vocab_size: 40,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  initializer_range: 0.2,
} as const;

/** The largest difference of two numbers at one place. */
export const distance = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().item() as number;
