/** BERT and MiniLM: an encoder in which every token sees every other, with a pooled output or a head for masked words. */
import { activationNamed } from "../../nn/activation-names.ts";
import { attend, type PerHead, splitHeads } from "../../nn/attention.ts";
import { ModuleList } from "../../nn/containers.ts";
import { Dropout } from "../../nn/dropout.ts";
import { Embedding } from "../../nn/embedding.ts";
import type { Linear } from "../../nn/linear.ts";
import { paddingMask } from "../../nn/masks.ts";
import { Module } from "../../nn/module.ts";
import type { LayerNorm } from "../../nn/norm.ts";
import { place } from "../../nn/places.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { BertOnlyMLMHead, normOf } from "./parts/bert-head.ts";
import { linear } from "./parts/blocks.ts";
import { type Config, flagIn, numberIn, sizeIn, textIn } from "./parts/config.ts";
import { Pooler } from "./parts/pooler.ts";

/** Arguments by name, besides the ids. */
export interface BertPlaces {
  /** int64 `[batch, position]`. */
  readonly position_ids: Tensor;
  /** Which sentence each token is of: int64 `[batch, position]`. Default the first. */
  readonly token_type_ids?: Tensor;
  /** int64 `[batch, position]`, 0 at padding; absent when there is none. */
  readonly attention_mask?: Tensor;
}

interface Setting {
  /** 0 at tokens, the least float at padding: `[batch, 1, position, position]`. */
  readonly attention_mask: Tensor | null;
}

const dropout = (config: Config): Dropout => new Dropout(numberIn(config, "hidden_dropout_prob"));

export interface BertEmbeddings {
  (ids: Tensor, places: BertPlaces): Tensor;
}

export class BertEmbeddings extends Module {
  word_embeddings: Embedding;
  position_embeddings: Embedding;
  token_type_embeddings: Embedding;
  LayerNorm: LayerNorm;
  dropout: Dropout;

  constructor(config: Config) {
    super();
    const table = (rows: string): Embedding =>
      new Embedding(sizeIn(config, rows), sizeIn(config, "hidden_size"), { init: "empty" });
    this.word_embeddings = table("vocab_size");
    this.position_embeddings = table("max_position_embeddings");
    this.token_type_embeddings = table("type_vocab_size");
    this.LayerNorm = normOf(config);
    this.dropout = dropout(config);
  }

  forward(ids: Tensor, { position_ids, token_type_ids }: BertPlaces): Tensor {
    const words = this.word_embeddings(ids).add(this.token_type_embeddings(token_type_ids ?? ids.mul(0)));
    return this.dropout(this.LayerNorm(words.add(this.position_embeddings(position_ids))));
  }
}

export interface BertSelfAttention extends PerHead {
  (x: Tensor, setting: Setting): [Tensor];
}

export class BertSelfAttention extends Module {
  query: Linear;
  key: Linear;
  value: Linear;
  dropout: Dropout;
  readonly #heads: number;
  readonly #headDim: number;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    this.#heads = sizeIn(config, "num_attention_heads");
    this.#headDim = hidden / this.#heads;
    this.query = linear(hidden, hidden, true);
    this.key = linear(hidden, hidden, true);
    this.value = linear(hidden, hidden, true);
    this.dropout = new Dropout(numberIn(config, "attention_probs_dropout_prob"));
  }

  /** `[batch, position, hidden]` → the tuple `[attention output]`. */
  forward(x: Tensor, { attention_mask }: Setting): [Tensor] {
    const parts = [this.query(x), this.key(x), this.value(x)];
    const [query, key, value] = splitHeads(parts, [this.#heads, this.#heads], this.#headDim);
    return [attend(query, key, value, { mask: attention_mask })];
  }
}

/** A projection back to the hidden state, which is added and normalised. */
export class BertOutput extends Module {
  dense: Linear;
  LayerNorm: LayerNorm;
  dropout: Dropout;
  readonly #kind: string;

  constructor(config: Config, kind: "BertSelfOutput" | "BertOutput") {
    super();
    const hidden = sizeIn(config, "hidden_size");
    this.#kind = kind;
    this.dense = linear(kind === "BertOutput" ? sizeIn(config, "intermediate_size") : hidden, hidden, true);
    this.LayerNorm = normOf(config);
    this.dropout = dropout(config);
  }

  override get kind(): string {
    return this.#kind;
  }

  forward(x: Tensor, residual: Tensor): Tensor {
    const [made, sum] = this.#kind === "BertOutput" ? ["mlp_out", "resid_post"] : ["attn_out", "resid_mid"];
    const own = place(`hook_${made}`, this.dropout(this.dense(x)));
    return this.LayerNorm(place(`hook_${sum}`, own.add(residual)));
  }
}

export interface BertAttention extends PerHead {
  (x: Tensor, setting: Setting): [Tensor];
}

export class BertAttention extends Module {
  self: BertSelfAttention;
  output: BertOutput;

  constructor(config: Config) {
    super();
    this.self = new BertSelfAttention(config);
    this.output = new BertOutput(config, "BertSelfOutput");
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor, setting: Setting): [Tensor] {
    return [this.output(this.self(x, setting)[0], x)];
  }
}

export class BertIntermediate extends Module {
  dense: Linear;
  intermediate_act_fn: Module;

  constructor(config: Config) {
    super();
    this.dense = linear(sizeIn(config, "hidden_size"), sizeIn(config, "intermediate_size"), true);
    this.intermediate_act_fn = activationNamed(textIn(config, "hidden_act", "gelu"));
  }

  forward(x: Tensor): Tensor {
    return place("hook_post", this.intermediate_act_fn(place("hook_pre", this.dense(x))));
  }
}

export interface BertLayer {
  (x: Tensor, setting: Setting): [Tensor];
}

export class BertLayer extends Module {
  attention: BertAttention;
  intermediate: BertIntermediate;
  output: BertOutput;

  constructor(config: Config) {
    super();
    this.attention = new BertAttention(config);
    this.intermediate = new BertIntermediate(config);
    this.output = new BertOutput(config, "BertOutput");
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor, setting: Setting): [Tensor] {
    const [attended] = this.attention(x, setting);
    return [this.output(this.intermediate(attended), attended)];
  }
}

export interface BertEncoder {
  (x: Tensor, setting: Setting): { readonly last_hidden_state: Tensor };
}

export class BertEncoder extends Module {
  layer: ModuleList<BertLayer>;

  constructor(config: Config) {
    super();
    this.layer = new ModuleList(
      Array.from({ length: sizeIn(config, "num_hidden_layers") }, () => new BertLayer(config)),
    );
  }

  forward(x: Tensor, setting: Setting): { last_hidden_state: Tensor } {
    let hidden = x;
    for (const layer of this.layer) [hidden] = layer(hidden, setting);
    return { last_hidden_state: hidden };
  }
}

/** The last hidden states, and the first token's through a layer of its own. */
export interface BertResult {
  readonly last_hidden_state: Tensor;
  readonly pooler_output?: Tensor;
}

export interface BertModel {
  (ids: Tensor, places: BertPlaces): BertResult;
}

/** int64 ids `[batch, position]` → `{ last_hidden_state: [batch, position, hidden], pooler_output: [batch, hidden] }`. */
export class BertModel extends Module {
  embeddings: BertEmbeddings;
  encoder: BertEncoder;
  pooler?: Pooler;

  constructor(given: Config, pooled = true) {
    super();
    const config = { ...defaults, ...given };
    this.embeddings = new BertEmbeddings(config);
    this.encoder = new BertEncoder(config);
    if (pooled) this.pooler = new Pooler("BertPooler", sizeIn(config, "hidden_size"));
  }

  forward(ids: Tensor, places: BertPlaces): BertResult {
    const { attention_mask } = places;
    const setting = { attention_mask: attention_mask ? paddingMask(attention_mask, ids) : null };
    const { last_hidden_state } = this.encoder(this.embeddings(ids, places), setting);
    return {
      last_hidden_state,
      ...(this.pooler && { pooler_output: this.pooler(last_hidden_state) }),
    };
  }
}

/** int64 ids `[batch, position]` → `{ logits: [batch, position, vocabulary] }`. */
export class BertForMaskedLM extends Module {
  bert: BertModel;
  cls: BertOnlyMLMHead;

  constructor(given: Config) {
    super();
    const config: Config = { ...defaults, ...given };
    this.bert = new BertModel(config, false);
    this.cls = new BertOnlyMLMHead(config);
    if (flagIn(config, "tie_word_embeddings", true))
      this.cls.predictions.decoder.weight = this.bert.embeddings.word_embeddings.weight;
  }

  forward(ids: Tensor, places: BertPlaces): { logits: Tensor } {
    return { logits: this.cls(this.bert(ids, places).last_hidden_state) };
  }
}

const defaults = {
  vocab_size: 30_522,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
};

/** The class that `architectures` names, else the bare model. */
export const bert = (config: Config): BertModel | BertForMaskedLM =>
  /MaskedLM|PreTraining/.test(String(config["architectures"]))
    ? new BertForMaskedLM(config)
    : new BertModel(config);
