/** Llama and its kin (SmolLM2), with the module names and outputs of Hugging Face. */

import { SiLU } from "../../nn/activation.ts";
import { ModuleList } from "../../nn/containers.ts";
import { Embedding } from "../../nn/embedding.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { RMSNorm } from "../../nn/norm.ts";
import { ops } from "../../trace/functions.ts";
import { Tensor } from "../../trace/tensor.ts";

/** The part of `config.json` that shapes the model. */
export interface LlamaConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly tie_word_embeddings: boolean;
}

/** What every layer gets besides the hidden state. */
interface Setting {
  /** 0 where a query may look, the least float where not: `[batch, 1, position, position]`; absent when rows are unpadded. */
  readonly attention_mask: Tensor | null;
  /** cos and sin of the angles, each `[batch, position, head_dim / 2]`. */
  readonly position_embeddings: readonly [Tensor, Tensor];
  /** Keys and values of the positions before, in generation: each `[batch, heads, past, head_dim]`. */
  readonly past_key_value?: KeyValue;
}

type KeyValue = readonly [key: Tensor, value: Tensor];

const linear = (inFeatures: number, outFeatures: number): Linear =>
  new Linear(inFeatures, outFeatures, { bias: false, init: "empty" });

export class LlamaMLP extends Module {
  gate_proj: Linear;
  up_proj: Linear;
  down_proj: Linear;
  act_fn = new SiLU();

  constructor({ hidden_size, intermediate_size }: LlamaConfig) {
    super();
    this.gate_proj = linear(hidden_size, intermediate_size);
    this.up_proj = linear(hidden_size, intermediate_size);
    this.down_proj = linear(intermediate_size, hidden_size);
  }

  forward(x: Tensor): Tensor {
    return this.down_proj(this.act_fn(this.gate_proj(x)).mul(this.up_proj(x)));
  }
}

export interface LlamaAttention {
  (x: Tensor, setting: Setting): [Tensor, KeyValue?];
}

export class LlamaAttention extends Module {
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  readonly #config: LlamaConfig;

  constructor(config: LlamaConfig) {
    super();
    const { hidden_size, head_dim, num_attention_heads, num_key_value_heads } = config;
    this.#config = config;
    this.q_proj = linear(hidden_size, num_attention_heads * head_dim);
    this.k_proj = linear(hidden_size, num_key_value_heads * head_dim);
    this.v_proj = linear(hidden_size, num_key_value_heads * head_dim);
    this.o_proj = linear(num_attention_heads * head_dim, hidden_size);
  }

  /** `[batch, position, hidden]` → the tuple `[attention output]`, in generation with the keys and values so far. */
  forward(
    x: Tensor,
    { attention_mask, position_embeddings: [cos, sin], past_key_value: past }: Setting,
  ): [Tensor, KeyValue?] {
    const { head_dim, num_attention_heads, num_key_value_heads } = this.#config;
    const heads = (value: Tensor, count: number): Tensor =>
      value.unflatten(-1, [count, head_dim]).transpose(1, 2);
    const query = heads(this.q_proj(x), num_attention_heads).rotaryEmbedding(cos, sin);
    const ownKey = heads(this.k_proj(x), num_key_value_heads).rotaryEmbedding(cos, sin);
    const ownValue = heads(this.v_proj(x), num_key_value_heads);
    const key = past ? ops.cat([past[0], ownKey], 2) : ownKey;
    const value = past ? ops.cat([past[1], ownValue], 2) : ownValue;
    const attended = ops.scaledDotProductAttention(query, key, value, {
      ...(attention_mask ? { attnMask: attention_mask } : { isCausal: true }),
      enableGqa: num_attention_heads !== num_key_value_heads,
    });
    const output = this.o_proj(attended.transpose(1, 2).flatten(2, 3));
    return past ? [output, [key, value]] : [output];
  }
}

export interface LlamaDecoderLayer {
  (x: Tensor, setting: Setting): [Tensor, KeyValue?];
}

export class LlamaDecoderLayer extends Module {
  self_attn: LlamaAttention;
  mlp: LlamaMLP;
  input_layernorm: RMSNorm;
  post_attention_layernorm: RMSNorm;

  constructor(config: LlamaConfig) {
    super();
    this.self_attn = new LlamaAttention(config);
    this.mlp = new LlamaMLP(config);
    this.input_layernorm = new RMSNorm(config.hidden_size, config.rms_norm_eps);
    this.post_attention_layernorm = new RMSNorm(config.hidden_size, config.rms_norm_eps);
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`, in generation with the keys and values so far. */
  forward(x: Tensor, setting: Setting): [Tensor, KeyValue?] {
    const [attended, kept] = this.self_attn(this.input_layernorm(x), setting);
    const middle = x.add(attended);
    const hidden = middle.add(this.mlp(this.post_attention_layernorm(middle)));
    return kept ? [hidden, kept] : [hidden];
  }
}

/** cos and sin of the rotary angles of each position. */
export class LlamaRotaryEmbedding extends Module {
  inv_freq: Tensor;

  constructor({ head_dim, rope_theta }: LlamaConfig) {
    super();
    const half = head_dim / 2;
    const data = Float32Array.from({ length: half }, (_, i) => 1 / rope_theta ** (i / half));
    this.inv_freq = new Tensor({ dtype: "float32", shape: [half], data });
  }

  /** int64 `[batch, position]` → two of `[batch, position, head_dim / 2]`. */
  forward(positions: Tensor): [Tensor, Tensor] {
    const angles = positions.float().unsqueeze(-1).mul(this.inv_freq);
    return [angles.cos(), angles.sin()];
  }
}

export interface LlamaRotaryEmbedding {
  (positions: Tensor): [Tensor, Tensor];
}

/** Arguments by name, besides the ids. */
interface Places {
  /** int64 `[batch, position]`, counted without the padding. */
  readonly position_ids: Tensor;
  /** int64 `[batch, past + position]`, 0 at padding; absent when there is none. */
  readonly attention_mask?: Tensor;
  /** Keys and values of the positions before, for each layer, in generation. */
  readonly past_key_values?: readonly KeyValue[];
}

/** What was made, and in generation the keys and values so far. */
type Kept<T> = T & { readonly past_key_values?: readonly KeyValue[] };

export interface LlamaModel {
  (ids: Tensor, places: Places): Kept<{ readonly last_hidden_state: Tensor }>;
}

export class LlamaModel extends Module {
  embed_tokens: Embedding;
  layers: ModuleList<LlamaDecoderLayer>;
  norm: RMSNorm;
  rotary_emb: LlamaRotaryEmbedding;

  constructor(config: LlamaConfig) {
    super();
    this.embed_tokens = new Embedding(config.vocab_size, config.hidden_size, { init: "empty" });
    this.layers = new ModuleList(
      Array.from({ length: config.num_hidden_layers }, () => new LlamaDecoderLayer(config)),
    );
    this.norm = new RMSNorm(config.hidden_size, config.rms_norm_eps);
    this.rotary_emb = new LlamaRotaryEmbedding(config);
  }

  forward(
    ids: Tensor,
    { position_ids, attention_mask, past_key_values: past }: Places,
  ): Kept<{ last_hidden_state: Tensor }> {
    const mask =
      attention_mask && (past ? maskAfter(attention_mask, position_ids) : causalMask(attention_mask));
    const setting: Setting = {
      attention_mask: mask ?? null,
      position_embeddings: this.rotary_emb(position_ids),
    };
    let hidden = this.embed_tokens(ids);
    const kept: KeyValue[] = [];
    for (const [i, layer] of [...this.layers].entries()) {
      const made = layer(hidden, past ? { ...setting, past_key_value: past[i]! } : setting);
      hidden = made[0];
      if (made[1]) kept.push(made[1]);
    }
    return { last_hidden_state: this.norm(hidden), ...(past && { past_key_values: kept }) };
  }
}

/** The same for positions that come after others: `[batch, 1, position, past + position]`. */
function maskAfter(mask: Tensor, positions: Tensor): Tensor {
  const before = mask.cumsum(-1).unsqueeze(-2).le(positions.add(1).unsqueeze(-1));
  return ops.where(before.logicalAnd(mask.ne(0).unsqueeze(-2)), 0, -3.4028234663852886e38).unsqueeze(1);
}

/** `[batch, 1, position, position]`: 0 where a query may look, the least float32 at padding and at what comes later. */
function causalMask(mask: Tensor): Tensor {
  const place = mask.mul(0).add(1).cumsum(-1);
  const before = place.unsqueeze(-2).le(place.unsqueeze(-1));
  const visible = before.logicalAnd(mask.ne(0).unsqueeze(-2));
  return ops.where(visible, 0, -3.4028234663852886e38).unsqueeze(1);
}

/** int64 ids `[batch, position]` → `{ logits: [batch, position, vocabulary] }`, in generation with the keys and values so far. */
export class LlamaForCausalLM extends Module {
  model: LlamaModel;
  lm_head: Linear;

  constructor(config: LlamaConfig) {
    super();
    this.model = new LlamaModel(config);
    this.lm_head = linear(config.hidden_size, config.vocab_size);
    if (config.tie_word_embeddings) this.lm_head.weight = this.model.embed_tokens.weight;
  }

  forward(ids: Tensor, places: Places): Kept<{ logits: Tensor }> {
    const { last_hidden_state, ...kept } = this.model(ids, places);
    return { logits: this.lm_head(last_hidden_state), ...kept };
  }
}
