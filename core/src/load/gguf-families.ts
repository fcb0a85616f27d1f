/** Families of GGUF files besides Llama's: names, what is stored otherwise, and the config. */
import type { Architecture } from "./architecture.ts";
import {
  decoderConfig,
  inBlock as inLlama,
  nameBy,
  outside as outsideLlama,
  reader,
  shortest,
  wordsIn,
} from "./gguf-names.ts";

const inHeads = { attn_q_norm: "self_attn.q_norm", attn_k_norm: "self_attn.k_norm" };

/** Queries, keys and values have biases; rows are as in Hugging Face's files. */
export const qwen2: Architecture = {
  nameOf: nameBy(outsideLlama, inLlama),
  config: (file) => decoderConfig(file, "qwen2", "Qwen2"),
};

export const qwen3: Architecture = {
  nameOf: nameBy(outsideLlama, { ...inLlama, ...inHeads }),
  config: (file) => decoderConfig(file, "qwen3", "Qwen3"),
};

/** Fused projections; long contexts come with factors for rotary positions. */
export const phi3: Architecture = {
  nameOf: nameBy(outsideLlama, {
    ...inLlama,
    attn_qkv: "self_attn.qkv_proj",
    ffn_up: "mlp.gate_up_proj",
  }),
  config: (file, factors) => {
    const read = reader(file, "phi3");
    const [short, long] = ["short", "long"].map((kind) => factors.get(`rope_factors_${kind}.weight`));
    return {
      ...decoderConfig(file, "phi3", "Phi3"),
      original_max_position_embeddings: read("rope.scaling.original_context_length", read("context_length")),
      sliding_window: read("attention.sliding_window", 0) || null,
      ...(short && long && { rope_scaling: { type: "longrope", short_factor: short, long_factor: long } }),
    };
  },
};

/** Weights of norms are stored with the 1 that the model adds. */
const added = (name: string): number => (name.endsWith("norm.weight") ? -1 : 0);

/** Only the largest of a family scales scores by another size than that of a head. */
function scalarIn(file: Parameters<typeof reader>[0], family: string, largest: number): object {
  const read = reader(file, family);
  const headDim = read("attention.key_length", 256);
  const scalar = read("embedding_length") / read("attention.head_count");
  return { head_dim: headDim, query_pre_attn_scalar: read("block_count") === largest ? scalar : headDim };
}

export const gemma: Architecture = {
  nameOf: nameBy(outsideLlama, inLlama),
  added,
  config: (file) => ({
    ...decoderConfig(file, "gemma", "Gemma"),
    hidden_act: "gelu_pytorch_tanh",
    head_dim: reader(file, "gemma")("attention.key_length", 256),
  }),
};

const aroundHalves = {
  ...inLlama,
  post_attention_norm: "post_attention_layernorm",
  ffn_norm: "pre_feedforward_layernorm",
  post_ffw_norm: "post_feedforward_layernorm",
};

export const gemma2: Architecture = {
  nameOf: nameBy(outsideLlama, aroundHalves),
  added,
  config: (file) => {
    const read = reader(file, "gemma2");
    return {
      ...decoderConfig(file, "gemma2", "Gemma2"),
      ...scalarIn(file, "gemma2", 46),
      hidden_activation: "gelu_pytorch_tanh",
      sliding_window: read("attention.sliding_window", 4096),
      attn_logit_softcapping: shortest(read("attn_logit_softcapping", 50)),
      final_logit_softcapping: shortest(read("final_logit_softcapping", 30)),
    };
  },
};

export const gemma3: Architecture = {
  nameOf: nameBy(outsideLlama, { ...aroundHalves, ...inHeads }),
  added,
  config: (file) => {
    const read = reader(file, "gemma3");
    return {
      ...decoderConfig(file, "gemma3", "Gemma3", "gemma3_text"),
      ...scalarIn(file, "gemma3", 62),
      hidden_activation: "gelu_pytorch_tanh",
      rope_theta: read("rope.freq_base", 1e6),
      rope_local_base_freq: read("rope.freq_base_swa", 10_000),
      sliding_window: read("attention.sliding_window", 1024),
    };
  },
};

/** Weights of `Conv1D` are stored the other way round. */
export const gpt2: Architecture = {
  nameOf: nameBy(
    {
      token_embd: "transformer.wte",
      position_embd: "transformer.wpe",
      output_norm: "transformer.ln_f",
      output: "lm_head",
    },
    {
      attn_norm: "ln_1",
      attn_qkv: "attn.c_attn",
      attn_output: "attn.c_proj",
      ffn_norm: "ln_2",
      ffn_up: "mlp.c_fc",
      ffn_down: "mlp.c_proj",
    },
    "transformer.h.",
  ),
  transposed: (name) => /\.(?:attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/.test(name),
  config: (file) => {
    const read = reader(file, "gpt2");
    return {
      architectures: ["GPT2LMHeadModel"],
      model_type: "gpt2",
      activation_function: "gelu_new",
      n_embd: read("embedding_length"),
      n_inner: read("feed_forward_length", 4 * read("embedding_length")),
      n_layer: read("block_count"),
      n_head: read("attention.head_count"),
      n_positions: read("context_length"),
      layer_norm_epsilon: shortest(read("attention.layer_norm_epsilon")),
      ...wordsIn(file, "gpt2"),
    };
  },
};
