/** Gemma 2: norms around each half of a layer, bounded scores and logits, a window in every other layer. */
import type { Config } from "./parts/config.ts";
import { windowsIn } from "./parts/design.ts";
import { capIn, defaults, type GemmaForCausalLM, gemma } from "./parts/gemma.ts";

export function gemma2(given: Config): GemmaForCausalLM {
  const sizes = { hidden_size: 2304, intermediate_size: 9216, num_hidden_layers: 26, num_attention_heads: 8 };
  const config = { ...defaults, ...sizes, vocab_size: 256_000, num_key_value_heads: 4, ...given };
  return gemma("Gemma2", config, {
    windows: windowsIn(config, (layer) => layer % 2 === 0, 4096),
    softcap: capIn(config, "attn_logit_softcapping", 50),
    outputSoftcap: capIn(config, "final_logit_softcapping", 30),
  });
}
