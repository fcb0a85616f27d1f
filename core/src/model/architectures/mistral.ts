/** Mistral: Llama with a window of attention. */
import type { Config } from "./parts/config.ts";
import { DecoderForCausalLM } from "./parts/decoder.ts";
import { designOf, windowsIn } from "./parts/design.ts";

const defaults = { intermediate_size: 14_336, num_key_value_heads: 8, max_position_embeddings: 131_072 };

export function mistral(given: Config): DecoderForCausalLM {
  const config = { ...defaults, ...given };
  return new DecoderForCausalLM(
    designOf("Mistral", config, { windows: windowsIn(config, () => true, 4096) }),
  );
}
