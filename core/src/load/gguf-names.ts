/** What GGUF's families have in common: names of tensors in decoders of Llama's kind, and the config as their metadata say it. */
import { ValueError } from "../base/errors.ts";
import type { GgufFile } from "./gguf.ts";

export type Names = Readonly<Record<string, string>>;

export const outside: Names = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

export const inBlock: Names = {
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

/** Hugging Face's name of a tensor, by those of its module outside the layers and in one. */
export const nameBy =
  (outside: Names, inBlock: Names, layers = "model.layers.") =>
  (name: string): string | undefined => {
    const [, block, module = "", kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
    const names = block === undefined ? outside : inBlock;
    if (!Object.hasOwn(names, module)) return undefined;
    return `${block === undefined ? "" : `${layers}${block}.`}${names[module]}.${kind}`;
  };

/** Reads a number of a family's metadata. @throws ValueError when it is neither there nor known otherwise */
export const reader =
  ({ path, metadata }: GgufFile, family: string) =>
  (key: string, otherwise?: number): number => {
    const value = metadata[`${family}.${key}`] ?? otherwise;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    const name = `${family[0]!.toUpperCase()}${family.slice(1)}`;
    throw new ValueError(
      `${path} does not say ${family}.${key}, which a ${name} model needs. Use another file of this model.`,
    );
  };

/** What decoders of Llama's kind have in common. */
export function decoderConfig(
  file: GgufFile,
  family: string,
  className: string,
  modelType = family,
): Record<string, unknown> {
  const read = reader(file, family);
  const heads = read("attention.head_count");
  const hidden = read("embedding_length");
  return {
    architectures: [`${className}ForCausalLM`],
    model_type: modelType,
    hidden_act: "silu",
    hidden_size: hidden,
    intermediate_size: read("feed_forward_length"),
    num_hidden_layers: read("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: read("attention.head_count_kv", heads),
    head_dim: read("attention.key_length", hidden / heads),
    rms_norm_eps: shortest(read("attention.layer_norm_rms_epsilon")),
    rope_theta: read("rope.freq_base", 10_000),
    max_position_embeddings: read("context_length"),
    ...scalingIn(file, family),
    ...wordsIn(file, family),
  };
}

/** @throws ValueError for a way of scaling that is not known */
function scalingIn(file: GgufFile, family: string): Record<string, unknown> {
  const type = file.metadata[`${family}.rope.scaling.type`];
  const read = reader(file, family);
  if (type === undefined || type === "none" || type === "longrope") return {};
  if (type !== "linear" && type !== "yarn")
    throw new ValueError(
      `${file.path} scales its rotary positions by '${String(type)}', which is not known; none, linear, yarn and longrope are. Use another file of this model.`,
    );
  const original = type === "yarn" && {
    original_max_position_embeddings: read("rope.scaling.original_context_length"),
  };
  return { rope_scaling: { rope_type: type, factor: read("rope.scaling.factor"), ...original } };
}

/** The part of a config that is about words. */
export function wordsIn(file: GgufFile, family: string): Record<string, unknown> {
  const { metadata, tensors } = file;
  const id = (name: string): unknown => metadata[`tokenizer.ggml.${name}_token_id`] ?? null;
  const embedding = tensors.find(({ name }) => name === "token_embd.weight");
  return {
    vocab_size: reader(file, family)("vocab_size", embedding?.shape[0]),
    tie_word_embeddings: !tensors.some(({ name }) => name === "output.weight"),
    bos_token_id: id("bos"),
    eos_token_id: id("eos"),
    pad_token_id: id("padding"),
  };
}

/** The shortest decimal number that is the same 32-bit float: 1e-5 for 0.000009999999747378752. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 17; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}
