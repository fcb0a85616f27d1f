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
}

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
  (x: Tensor, setting: Setting): [Tensor];
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

  /** `[batch, position, hidden]` → the tuple `[attention output]`. */
  forward(x: Tensor, { attention_mask, position_embeddings: [cos, sin] }: Setting): [Tensor] {
    const { head_dim, num_attention_heads, num_key_value_heads } = this.#config;
    const heads = (value: Tensor, count: number): Tensor =>
      value.unflatten(-1, [count, head_dim]).transpose(1, 2);
    const query = heads(this.q_proj(x), num_attention_heads).rotaryEmbedding(cos, sin);
    const key = heads(this.k_proj(x), num_key_value_heads).rotaryEmbedding(cos, sin);
    const value = heads(this.v_proj(x), num_key_value_heads);
    const attended = ops.scaledDotProductAttention(query, key, value, {
      ...(attention_mask ? { attnMask: attention_mask } : { isCausal: true }),
      enableGqa: num_attention_heads !== num_key_value_heads,
    });
    return [this.o_proj(attended.transpose(1, 2).flatten(2, 3))];
  }
}

export interface LlamaDecoderLayer {
  (x: Tensor, setting: Setting): [Tensor];
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

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor, setting: Setting): [Tensor] {
    const [attended] = this.self_attn(this.input_layernorm(x), setting);
    const middle = x.add(attended);
    return [middle.add(this.mlp(this.post_attention_layernorm(middle)))];
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
  /** int64 `[batch, position]`, 0 at padding; absent when there is none. */
  readonly attention_mask?: Tensor;
}

export interface LlamaModel {
  (ids: Tensor, places: Places): { readonly last_hidden_state: Tensor };
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

  forward(ids: Tensor, { position_ids, attention_mask }: Places): { last_hidden_state: Tensor } {
    const setting: Setting = {
      attention_mask: attention_mask ? causalMask(attention_mask) : null,
      position_embeddings: this.rotary_emb(position_ids),
    };
    let hidden = this.embed_tokens(ids);
    for (const layer of this.layers) [hidden] = layer(hidden, setting);
    return { last_hidden_state: this.norm(hidden) };
  }
}

/** `[batch, 1, position, position]`: 0 where a query may look, the least float32 at padding and at what comes later. */
function causalMask(mask: Tensor): Tensor {
  const place = mask.mul(0).add(1).cumsum(-1);
  const before = place.unsqueeze(-2).le(place.unsqueeze(-1));
  const visible = before.logicalAnd(mask.ne(0).unsqueeze(-2));
  return ops.where(visible, 0, -3.4028234663852886e38).unsqueeze(1);
}

/** int64 ids `[batch, position]` → `{ logits: [batch, position, vocabulary] }`. */
export class LlamaForCausalLM extends Module {
  model: LlamaModel;
  lm_head: Linear;

  constructor(config: LlamaConfig) {
    super();
    this.model = new LlamaModel(config);
    this.lm_head = linear(config.hidden_size, config.vocab_size);
    if (config.tie_word_embeddings) this.lm_head.weight = this.model.embed_tokens.weight;
  }

  forward(ids: Tensor, places: Places): { logits: Tensor } {
    return { logits: this.lm_head(this.model(ids, places).last_hidden_state) };
  }
}
