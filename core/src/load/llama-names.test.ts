import { expect, test } from "vitest";
import type { GgufFile } from "./gguf.ts";
import { llama } from "./llama-names.ts";

test.each([
  ["token_embd.weight", "model.embed_tokens.weight"],
  ["output_norm.weight", "model.norm.weight"],
  ["output.weight", "lm_head.weight"],
  ["blk.0.attn_norm.weight", "model.layers.0.input_layernorm.weight"],
  ["blk.12.attn_q.weight", "model.layers.12.self_attn.q_proj.weight"],
  ["blk.12.attn_k.bias", "model.layers.12.self_attn.k_proj.bias"],
  ["blk.3.attn_output.weight", "model.layers.3.self_attn.o_proj.weight"],
  ["blk.3.ffn_norm.weight", "model.layers.3.post_attention_layernorm.weight"],
  ["blk.3.ffn_down.weight", "model.layers.3.mlp.down_proj.weight"],
  ["rope_freqs.weight", undefined],
  ["blk.3.output.weight", undefined],
  ["blk.3.constructor.weight", undefined],
  ["attn_q.weight", undefined],
])("%s is %s", (name, expected) => expect(llama.nameOf(name)).toBe(expected));

test("only query and key rows are shuffled, in as many heads as each has", () => {
  const config = { num_attention_heads: 9, num_key_value_heads: 3 };
  expect(llama.shuffledHeads!("blk.0.attn_q.weight", config)).toBe(9);
  expect(llama.shuffledHeads!("blk.0.attn_k.bias", config)).toBe(3);
  expect(llama.shuffledHeads!("blk.0.attn_v.weight", config)).toBeUndefined();
});

const metadata = {
  "llama.block_count": 2,
  "llama.context_length": 128,
  "llama.embedding_length": 64,
  "llama.feed_forward_length": 96n,
  "llama.attention.head_count": 4,
  "llama.attention.layer_norm_rms_epsilon": Math.fround(1e-5),
};
const file = (metadata: Record<string, unknown>): GgufFile => ({ path: "a.gguf", metadata, tensors: [] });

test("the config has Hugging Face's keys, and their defaults", () => {
  const said = { ...metadata, "llama.vocab_size": 10, "tokenizer.ggml.bos_token_id": 1 };
  expect(llama.config(file(said), new Map())).toMatchObject({
    model_type: "llama",
    intermediate_size: 96,
    num_key_value_heads: 4,
    head_dim: 16,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    bos_token_id: 1,
    eos_token_id: null,
  });
});

test("a key that is missing is named", () => {
  expect(() => llama.config(file(metadata), new Map())).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: a.gguf does not say llama.vocab_size, which a Llama model needs. Use another file of this model.]`,
  );
});
