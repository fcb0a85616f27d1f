/** Gemma 1: Llama's layers with Gemma's norms. */
import type { Config } from "./parts/config.ts";
import { DecoderForCausalLM } from "./parts/decoder.ts";
import { designOf } from "./parts/design.ts";
import { defaults, sharedBy } from "./parts/gemma.ts";

export function gemma1(given: Config): DecoderForCausalLM {
  const sizes = {
    hidden_size: 3072,
    intermediate_size: 24_576,
    num_hidden_layers: 28,
    num_attention_heads: 16,
  };
  const config: Config = { ...defaults, ...sizes, vocab_size: 256_000, num_key_value_heads: 16, ...given };
  return new DecoderForCausalLM(designOf("Gemma", config, sharedBy("Gemma", config)));
}
