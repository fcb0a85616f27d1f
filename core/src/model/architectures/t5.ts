/** T5: an encoder, and a decoder that looks into it, with learnt biases for distances instead of positions. */
import { activationNamed } from "../../nn/activation-names.ts";
import { attend, type PerHead, splitHeads } from "../../nn/attention.ts";
import { ModuleList } from "../../nn/containers.ts";
import { Dropout } from "../../nn/dropout.ts";
import { Embedding } from "../../nn/embedding.ts";
import type { Linear } from "../../nn/linear.ts";
import { causalMask, paddingMask } from "../../nn/masks.ts";
import { Module } from "../../nn/module.ts";
import { RMSNorm } from "../../nn/norm.ts";
import { place } from "../../nn/places.ts";
import { ops } from "../../trace/functions.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { linear } from "./parts/blocks.ts";
import { bucketsOf } from "./parts/buckets.ts";
import { type Config, flagIn, numberIn, sizeIn, textIn } from "./parts/config.ts";

/** What every block gets besides the hidden state. */
interface Setting {
  /** Which keys a query may see, added to the scores. */
  readonly attention_mask: Tensor | null;
  /** The biases of distances, from the first block on. */
  readonly position_bias: Tensor | null;
  /** What the encoder made, for the blocks of the decoder: `[batch, key, hidden]`. */
  readonly encoder_hidden_states: Tensor | null;
  readonly encoder_attention_mask: Tensor | null;
}

const hiddenOf = (config: Config): number => sizeIn(config, "d_model");
const dropout = (config: Config): Dropout => new Dropout(numberIn(config, "dropout_rate"));
const normOf = (config: Config): RMSNorm =>
  new RMSNorm(hiddenOf(config), numberIn(config, "layer_norm_epsilon"));

export interface T5Attention extends Omit<PerHead, "q" | "k" | "v"> {
  (x: Tensor, from: Tensor, mask: Tensor | null, bias: Tensor | null): [Tensor, Tensor];
}

export class T5Attention extends Module {
  q: Linear;
  k: Linear;
  v: Linear;
  o: Linear;
  relative_attention_bias?: Embedding;
  readonly #heads: number;
  readonly #headDim: number;
  readonly #buckets: (query: Tensor, key: Tensor) => Tensor;

  constructor(config: Config, biased: boolean, twoWays: boolean) {
    super();
    const hidden = hiddenOf(config);
    this.#heads = sizeIn(config, "num_heads");
    this.#headDim = sizeIn(config, "d_kv");
    const [count, reach] = ["relative_attention_num_buckets", "relative_attention_max_distance"].map((key) =>
      sizeIn(config, key),
    );
    this.#buckets = bucketsOf(count!, reach!, twoWays);
    const inner = this.#heads * this.#headDim;
    this.q = linear(hidden, inner);
    this.k = linear(hidden, inner);
    this.v = linear(hidden, inner);
    this.o = linear(inner, hidden);
    if (biased) this.relative_attention_bias = new Embedding(count!, this.#heads, { init: "empty" });
  }

  /** The tuple of the attention output and, where there are any, the biases of distances `[1, heads, query, key]`. */
  forward(x: Tensor, from: Tensor, mask: Tensor | null, bias: Tensor | null): [Tensor, ...Tensor[]] {
    const near = this.relative_attention_bias
      ? this.relative_attention_bias(this.#buckets(x, from)).permute([2, 0, 1]).unsqueeze(0)
      : bias;
    const added = near && mask ? near.add(mask) : (near ?? mask);
    const setting = { mask: added, scale: 1 };
    const parts = [this.q(x), this.k(from), this.v(from)];
    const each = splitHeads(parts, [this.#heads, this.#heads], this.#headDim);
    const made = this.o(attend(...each, setting));
    return near ? [made, near] : [made];
  }
}

export interface T5LayerSelfAttention {
  (x: Tensor, setting: Setting): [Tensor, Tensor];
}

export class T5LayerSelfAttention extends Module {
  SelfAttention: T5Attention;
  layer_norm: RMSNorm;
  dropout: Dropout;

  constructor(config: Config, biased: boolean, twoWays: boolean) {
    super();
    this.SelfAttention = new T5Attention(config, biased, twoWays);
    this.layer_norm = normOf(config);
    this.dropout = dropout(config);
  }

  forward(x: Tensor, { attention_mask, position_bias }: Setting): [Tensor, Tensor] {
    const read = this.layer_norm(x);
    const [made, bias] = this.SelfAttention(read, read, attention_mask, position_bias);
    return [place("hook_resid_mid", x.add(place("hook_attn_out", this.dropout(made)))), bias];
  }
}

export interface T5LayerCrossAttention {
  (x: Tensor, setting: Setting): [Tensor];
}

export class T5LayerCrossAttention extends Module {
  EncDecAttention: T5Attention;
  layer_norm: RMSNorm;
  dropout: Dropout;

  constructor(config: Config) {
    super();
    this.EncDecAttention = new T5Attention(config, false, true);
    this.layer_norm = normOf(config);
    this.dropout = dropout(config);
  }

  forward(x: Tensor, { encoder_hidden_states, encoder_attention_mask }: Setting): [Tensor] {
    const [made] = this.EncDecAttention(
      this.layer_norm(x),
      encoder_hidden_states!,
      encoder_attention_mask,
      null,
    );
    return [x.add(this.dropout(made))];
  }
}

/** A feed-forward part, gated in the newer models. */
export class T5DenseReluDense extends Module {
  wi?: Linear;
  wi_0?: Linear;
  wi_1?: Linear;
  wo: Linear;
  dropout: Dropout;
  act: Module;

  constructor(config: Config) {
    super();
    const [hidden, inner] = [hiddenOf(config), sizeIn(config, "d_ff")];
    const [gate, act] = /^(gated)-(.*)$/.exec(textIn(config, "feed_forward_proj", "relu"))?.slice(1) ?? [];
    if (gate) {
      this.wi_0 = linear(hidden, inner);
      this.wi_1 = linear(hidden, inner);
    } else this.wi = linear(hidden, inner);
    this.wo = linear(inner, hidden);
    this.dropout = dropout(config);
    // As in transformers, "gated-gelu" means the approximation.
    this.act = activationNamed(
      act === "gelu" ? "gelu_new" : (act ?? textIn(config, "feed_forward_proj", "relu")),
    );
  }

  override get kind(): string {
    return this.wi ? "T5DenseActDense" : "T5DenseGatedActDense";
  }

  forward(x: Tensor): Tensor {
    const pre = place("hook_pre", (this.wi ?? this.wi_0!)(x));
    const acted = this.act(pre);
    const made = this.wi_1 ? acted.mul(place("hook_pre_linear", this.wi_1(x))) : acted;
    return this.wo(this.dropout(place("hook_post", made)));
  }
}

export class T5LayerFF extends Module {
  DenseReluDense: T5DenseReluDense;
  layer_norm: RMSNorm;
  dropout: Dropout;

  constructor(config: Config) {
    super();
    this.DenseReluDense = new T5DenseReluDense(config);
    this.layer_norm = normOf(config);
    this.dropout = dropout(config);
  }

  forward(x: Tensor): Tensor {
    return x.add(place("hook_mlp_out", this.dropout(this.DenseReluDense(this.layer_norm(x)))));
  }
}

export interface T5Block {
  (x: Tensor, setting: Setting): [Tensor, Tensor];
}

export class T5Block extends Module {
  layer: ModuleList;

  constructor(config: Config, biased: boolean, decodes: boolean) {
    super();
    this.layer = new ModuleList([
      new T5LayerSelfAttention(config, biased, !decodes),
      ...(decodes ? [new T5LayerCrossAttention(config)] : []),
      new T5LayerFF(config),
    ]);
  }

  /** The tuple of the hidden state and the biases of distances, for the next block. */
  forward(x: Tensor, setting: Setting): [Tensor, Tensor] {
    const [self, ...others] = this.layer;
    const [attended, bias] = (self as T5LayerSelfAttention)(x, setting);
    const crossed = others.length > 1 ? (others[0] as T5LayerCrossAttention)(attended, setting)[0] : attended;
    return [others.at(-1)!(crossed), bias];
  }
}

export interface T5Stack {
  (ids: Tensor, setting: Omit<Setting, "position_bias">): { readonly last_hidden_state: Tensor };
}

export class T5Stack extends Module {
  embed_tokens: Embedding;
  block: ModuleList<T5Block>;
  final_layer_norm: RMSNorm;
  dropout: Dropout;

  constructor(config: Config, shared: Embedding, layers: number, decodes: boolean) {
    super();
    this.embed_tokens = new Embedding(shared.numEmbeddings, shared.embeddingDim, { init: "empty" });
    this.embed_tokens.weight = shared.weight;
    this.block = new ModuleList(
      Array.from({ length: layers }, (_, i) => new T5Block(config, i === 0, decodes)),
    );
    this.final_layer_norm = normOf(config);
    this.dropout = dropout(config);
  }

  forward(ids: Tensor, setting: Omit<Setting, "position_bias">): { last_hidden_state: Tensor } {
    let hidden = this.dropout(this.embed_tokens(ids));
    let position_bias: Tensor | null = null;
    for (const block of this.block) [hidden, position_bias] = block(hidden, { ...setting, position_bias });
    return { last_hidden_state: this.dropout(this.final_layer_norm(hidden)) };
  }
}

/** Arguments by name, besides the ids of the encoder. */
export interface T5Places {
  /** int64 `[batch, decoder_position]`. */
  readonly decoder_input_ids: Tensor;
  /** int64 `[batch, position]`, 0 at padding; absent when there is none. */
  readonly attention_mask?: Tensor;
}

export interface T5Result {
  readonly logits: Tensor;
  readonly encoder_last_hidden_state: Tensor;
}

/** int64 ids `[batch, position]` and `decoder_input_ids` → `{ logits: [batch, decoder_position, vocabulary] }`. */
export class T5ForConditionalGeneration extends Module {
  shared: Embedding;
  encoder: T5Stack;
  decoder: T5Stack;
  lm_head: Linear;
  readonly #scale: number;

  constructor(given: Config) {
    super();
    const config: Config = { ...defaults, ...given };
    const [words, hidden] = [sizeIn(config, "vocab_size"), hiddenOf(config)];
    const layers = sizeIn(config, "num_layers");
    this.shared = new Embedding(words, hidden, { init: "empty" });
    this.encoder = new T5Stack(config, this.shared, layers, false);
    this.decoder = new T5Stack(config, this.shared, sizeIn(config, "num_decoder_layers", layers), true);
    this.lm_head = linear(hidden, words);
    const tied = flagIn(config, "tie_word_embeddings", true);
    this.#scale = flagIn(config, "scale_decoder_outputs", tied) ? hidden ** -0.5 : 1;
    if (tied) this.lm_head.weight = this.shared.weight;
  }

  forward(ids: Tensor, { decoder_input_ids, attention_mask }: T5Places): T5Result {
    const seenFrom = (queries: Tensor): Tensor | null =>
      attention_mask ? paddingMask(attention_mask, queries) : null;
    const none = { encoder_hidden_states: null, encoder_attention_mask: null };
    const { last_hidden_state: encoded } = this.encoder(ids, {
      attention_mask: seenFrom(ids),
      ...none,
    });
    const { last_hidden_state } = this.decoder(decoder_input_ids, {
      attention_mask: causalMask(ops.onesLike(decoder_input_ids).cumsum(-1), {}),
      encoder_hidden_states: encoded,
      encoder_attention_mask: seenFrom(decoder_input_ids),
    });
    const read = this.#scale === 1 ? last_hidden_state : last_hidden_state.mul(this.#scale);
    return { logits: this.lm_head(read), encoder_last_hidden_state: encoded };
  }
}

const defaults = {
  vocab_size: 32_128,
  d_model: 512,
  d_kv: 64,
  d_ff: 2048,
  num_layers: 6,
  num_heads: 8,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
  dropout_rate: 0.1,
  layer_norm_epsilon: 1e-6,
};
