/** Qwen 2 (with biases of query, key and value) and Qwen 3 (with norms in each head). */
import { type Config, flagIn, sizeIn } from "./parts/config.ts";
import { DecoderForCausalLM } from "./parts/decoder.ts";
import { type Design, designOf, windowsIn } from "./parts/design.ts";

const defaults = {
  vocab_size: 151_936,
  intermediate_size: 22_016,
  num_key_value_heads: 32,
  max_position_embeddings: 32_768,
  max_window_layers: 28,
};

export const qwen2 = (given: Config): DecoderForCausalLM => {
  const config = { ...defaults, ...given };
  return qwen("Qwen2", config, { biases: { qkv: true, out: false, mlp: false } });
};

export const qwen3 = (given: Config): DecoderForCausalLM =>
  qwen("Qwen3", { ...defaults, head_dim: 128, ...given }, { headNorms: "positions first" });

function qwen(family: string, config: Config, change: Partial<Design>): DecoderForCausalLM {
  const slides = flagIn(config, "use_sliding_window");
  const first = sizeIn(config, "max_window_layers");
  const windows = windowsIn(config, (layer) => slides && layer >= first, 4096);
  return new DecoderForCausalLM(designOf(family, config, { ...change, windows }));
}
