/** What the models of the Qwen family have in common: windows in the later layers, where the config asks for them. */
import { type Config, flagIn, sizeIn } from "./config.ts";
import { DecoderForCausalLM } from "./decoder.ts";
import { type Design, designOf, windowsIn } from "./design.ts";

export const defaults = {
  vocab_size: 151_936,
  intermediate_size: 22_016,
  num_key_value_heads: 32,
  max_position_embeddings: 32_768,
  max_window_layers: 28,
};

export function qwen(family: string, config: Config, change: Partial<Design>): DecoderForCausalLM {
  const slides = flagIn(config, "use_sliding_window");
  const first = sizeIn(config, "max_window_layers");
  const windows = windowsIn(config, (layer) => slides && layer >= first, 4096);
  return new DecoderForCausalLM(designOf(family, config, { ...change, windows }));
}
