/** The Llama family in GGUF files: names, the order of query and key rows, and the config. */
import { ValueError } from "../base/errors.ts";
import type { Architecture } from "./architecture.ts";
import type { GgufFile } from "./gguf.ts";

const outside: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

const inBlock: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

export const llama: Architecture = {
  config,

  nameOf(name) {
    const [, block, module = "", kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
    const names = block === undefined ? outside : inBlock;
    if (!Object.hasOwn(names, module)) return undefined;
    return `${block === undefined ? "" : `model.layers.${block}.`}${names[module]}.${kind}`;
  },

  shuffledHeads(name, config) {
    const [, which] = /\.attn_([qk])\.(?:weight|bias)$/.exec(name) ?? [];
    return which === undefined
      ? undefined
      : Number(config[which === "q" ? "num_attention_heads" : "num_key_value_heads"]);
  },
};

function config({ path, metadata, tensors }: GgufFile): Record<string, unknown> {
  const read = (key: string, otherwise?: number): number => {
    const value = metadata[`llama.${key}`] ?? otherwise;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    throw new ValueError(
      `${path} does not say llama.${key}, which a Llama model needs. Use another file of this model.`,
    );
  };
  if (metadata["llama.rope.scaling.type"] && metadata["llama.rope.scaling.type"] !== "none") {
    throw new ValueError(
      `${path} scales its rotary positions, which is not read yet. Use a model without scaling.`,
    );
  }
  const heads = read("attention.head_count");
  const hidden = read("embedding_length");
  const embedding = tensors.find(({ name }) => name === "token_embd.weight");
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_act: "silu",
    hidden_size: hidden,
    intermediate_size: read("feed_forward_length"),
    num_hidden_layers: read("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: read("attention.head_count_kv", heads),
    head_dim: read("attention.key_length", hidden / heads),
    rms_norm_eps: shortest(read("attention.layer_norm_rms_epsilon")),
    rope_theta: read("rope.freq_base", 10000),
    max_position_embeddings: read("context_length"),
    vocab_size: read("vocab_size", embedding?.shape[0]),
    tie_word_embeddings: !tensors.some(({ name }) => name === "output.weight"),
    attention_bias: tensors.some(({ name }) => name.endsWith(".attn_q.bias")),
    mlp_bias: tensors.some(({ name }) => name.endsWith(".ffn_up.bias")),
    bos_token_id: metadata["tokenizer.ggml.bos_token_id"] ?? null,
    eos_token_id: metadata["tokenizer.ggml.eos_token_id"] ?? null,
    pad_token_id: metadata["tokenizer.ggml.padding_token_id"] ?? null,
  };
}

/** The shortest decimal number that is the same 32-bit float: 1e-5 for 0.000009999999747378752. */
function shortest(value: number): number {
  for (let digits = 1; digits < 17; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}
