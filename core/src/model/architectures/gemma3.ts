/** The text part of Gemma 3: norms in each head, a window in most layers, which have rotary positions of their own. */
import { type Config, numberIn, ropeIn, sizeIn } from "./parts/config.ts";
import { type Design, windowsIn } from "./parts/design.ts";
import { capIn, defaults, type GemmaForCausalLM, gemma } from "./parts/gemma.ts";

export function gemma3(given: Config): GemmaForCausalLM {
  const sizes = { hidden_size: 2304, intermediate_size: 9216, num_hidden_layers: 26, num_attention_heads: 8 };
  const long = { vocab_size: 262_208, num_key_value_heads: 4, max_position_embeddings: 131_072 };
  const config: Config = { ...defaults, ...sizes, ...long, ...given };
  const pattern = sizeIn(config, "sliding_window_pattern", 6);
  const headDim = sizeIn(config, "head_dim");
  return gemma("Gemma3", config, {
    headNorms: "heads first",
    windows: windowsIn(config, (layer) => (layer + 1) % pattern !== 0, 4096),
    softcap: capIn(config, "attn_logit_softcapping", null),
    outputSoftcap: capIn(config, "final_logit_softcapping", null),
    ...ropesIn(config, headDim),
  });
}

/** The rotary positions of layers that see everything, and of those with a window. */
function ropesIn(config: Config, headDim: number): Pick<Design, "rope" | "localRope"> {
  const each = config["rope_parameters"] as Readonly<Record<string, Config>> | undefined;
  const local = numberIn(config, "rope_local_base_freq", 10_000);
  const { rope_parameters: _, rope_scaling: __, ...rest } = config;
  if (!each?.["full_attention"])
    return {
      rope: ropeIn(config, headDim, 1e6),
      localRope: ropeIn({ ...rest, rope_theta: local }, headDim),
    };
  return {
    rope: ropeIn({ ...rest, rope_parameters: each["full_attention"] }, headDim, 1e6),
    localRope: ropeIn({ ...rest, rope_parameters: each["sliding_attention"] }, headDim, local),
  };
}
