/** The Llama family in GGUF files (Mistral's, too): names, the order of query and key rows, and the config. */
import { ValueError } from "../base/errors.ts";
import type { Architecture } from "./architecture.ts";
import { decoderConfig, inBlock, nameBy, outside } from "./gguf-names.ts";

export const llama: Architecture = {
  nameOf: nameBy(outside, inBlock),

  config(file, factors) {
    const has = (end: string): boolean => file.tensors.some(({ name }) => name.endsWith(end));
    const slower = factors.get("rope_freqs.weight");
    return {
      ...decoderConfig(file, "llama", "Llama"),
      attention_bias: has(".attn_q.bias"),
      mlp_bias: has(".ffn_up.bias"),
      ...(slower && { rope_scaling: scalingBy(slower, file.path) }),
    };
  },

  shuffledHeads(name, config) {
    const [, which] = /\.attn_([qk])\.(?:weight|bias)$/.exec(name) ?? [];
    return which === undefined
      ? undefined
      : Number(config[which === "q" ? "num_attention_heads" : "num_key_value_heads"]);
  },
};

/** Llama 3.1 and later: the file has the factors that Hugging Face makes from these four numbers, the same in every release. */
function scalingBy(factors: readonly number[], path: string): object {
  const factor = Math.max(...factors);
  if (!(factor >= 1) || !factors.every((one) => one >= 1))
    throw new ValueError(
      `${path} has factors of rotary positions that are no factors. Use another file of this model.`,
    );
  return {
    rope_type: "llama3",
    factor: Math.round(factor * 1e4) / 1e4,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  };
}
