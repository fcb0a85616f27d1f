/** OPT: learnt positions that begin at 2, and an embedding that may be narrower than the layers. */
import { activationNamed } from "../../nn/activation-names.ts";
import {
  attend,
  type CacheShape,
  joined,
  type Kept,
  type KeyValue,
  kept,
  type PerHead,
  splitHeads,
} from "../../nn/attention.ts";
import { ModuleList } from "../../nn/containers.ts";
import { Embedding } from "../../nn/embedding.ts";
import type { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { LayerNorm } from "../../nn/norm.ts";
import { place } from "../../nn/places.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { linear } from "./parts/blocks.ts";
import { type Config, flagIn, sizeIn, textIn } from "./parts/config.ts";
import { cacheOf, type Made, maskOf, type Places, throughLayers } from "./parts/decoder.ts";

interface Setting {
  /** As in Llama's layers. */
  readonly attention_mask: Tensor | null;
  readonly past_key_value?: KeyValue | undefined;
}

/** The first two rows of the table are for padding. */
export class OPTLearnedPositionalEmbedding extends Embedding {
  override forward(positions: Tensor): Tensor {
    return super.forward(positions.add(2));
  }
}

export interface OPTAttention extends PerHead {
  (x: Tensor, setting: Setting): Kept;
}

export class OPTAttention extends Module {
  k_proj: Linear;
  v_proj: Linear;
  q_proj: Linear;
  out_proj: Linear;
  readonly #heads: number;
  readonly #headDim: number;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    const bias = flagIn(config, "enable_bias", true);
    this.#heads = sizeIn(config, "num_attention_heads");
    this.#headDim = hidden / this.#heads;
    this.k_proj = linear(hidden, hidden, bias);
    this.v_proj = linear(hidden, hidden, bias);
    this.q_proj = linear(hidden, hidden, bias);
    this.out_proj = linear(hidden, hidden, bias);
  }

  /** `[batch, position, hidden]` → the tuple `[attention output]`. */
  forward(x: Tensor, { attention_mask, past_key_value: past }: Setting): Kept {
    const parts = [this.q_proj(x), this.k_proj(x), this.v_proj(x)];
    const [query, key, value] = splitHeads(parts, [this.#heads, this.#heads], this.#headDim);
    const now = joined(past, [key, value]);
    return kept(past, this.out_proj(attend(query, ...now, { mask: attention_mask, causal: true })), now);
  }
}

export interface OPTDecoderLayer {
  (x: Tensor, setting: Setting): Kept;
}

export class OPTDecoderLayer extends Module {
  self_attn: OPTAttention;
  activation_fn: Module;
  self_attn_layer_norm: LayerNorm;
  fc1: Linear;
  fc2: Linear;
  final_layer_norm: LayerNorm;
  readonly #before: boolean;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    const bias = flagIn(config, "enable_bias", true);
    this.#before = flagIn(config, "do_layer_norm_before", true);
    this.self_attn = new OPTAttention(config);
    this.activation_fn = activationNamed(textIn(config, "activation_function", "relu"));
    this.self_attn_layer_norm = new LayerNorm(hidden);
    this.fc1 = linear(hidden, sizeIn(config, "ffn_dim"), bias);
    this.fc2 = linear(sizeIn(config, "ffn_dim"), hidden, bias);
    this.final_layer_norm = new LayerNorm(hidden);
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor, setting: Setting): Kept {
    let now: KeyValue | undefined;
    const middle = this.#half(x, this.self_attn_layer_norm, (read) => {
      const [attended, all] = this.self_attn(read, setting);
      now = all;
      return place("hook_attn_out", attended);
    });
    const made = this.#half(place("hook_resid_mid", middle), this.final_layer_norm, (read) => {
      const pre = place("mlp.hook_pre", this.fc1(read));
      return place("hook_mlp_out", this.fc2(place("mlp.hook_post", this.activation_fn(pre))));
    });
    return kept(setting.past_key_value, made, now);
  }

  #half(x: Tensor, norm: LayerNorm, make: (read: Tensor) => Tensor): Tensor {
    return this.#before ? x.add(make(norm(x))) : norm(x.add(make(x)));
  }
}

export interface OPTDecoder {
  (ids: Tensor, places: Places): Made<{ readonly last_hidden_state: Tensor }>;
}

export class OPTDecoder extends Module {
  embed_tokens: Embedding;
  embed_positions: OPTLearnedPositionalEmbedding;
  project_out?: Linear;
  project_in?: Linear;
  final_layer_norm?: LayerNorm;
  layers: ModuleList<OPTDecoderLayer>;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    const width = sizeIn(config, "word_embed_proj_dim", hidden);
    const positions = sizeIn(config, "max_position_embeddings") + 2;
    this.embed_tokens = new Embedding(sizeIn(config, "vocab_size"), width, { init: "empty" });
    this.embed_positions = new OPTLearnedPositionalEmbedding(positions, hidden, { init: "empty" });
    if (width !== hidden) {
      this.project_out = linear(hidden, width);
      this.project_in = linear(width, hidden);
    }
    if (flagIn(config, "do_layer_norm_before", true) && !flagIn(config, "_remove_final_layer_norm"))
      this.final_layer_norm = new LayerNorm(hidden);
    this.layers = new ModuleList(
      Array.from({ length: sizeIn(config, "num_hidden_layers") }, () => new OPTDecoderLayer(config)),
    );
  }

  forward(ids: Tensor, places: Places): Made<{ last_hidden_state: Tensor }> {
    const setting: Setting = { attention_mask: maskOf(places) };
    const embedded = this.embed_tokens(ids);
    const first = (this.project_in?.(embedded) ?? embedded).add(this.embed_positions(places.position_ids));
    const { hidden, made } = throughLayers(this.layers, first, places, () => setting);
    const normed = this.final_layer_norm?.(hidden) ?? hidden;
    return { last_hidden_state: this.project_out?.(normed) ?? normed, ...made };
  }
}

export interface OPTModel {
  (ids: Tensor, places: Places): Made<{ readonly last_hidden_state: Tensor }>;
}

export class OPTModel extends Module {
  decoder: OPTDecoder;

  constructor(config: Config) {
    super();
    this.decoder = new OPTDecoder(config);
  }

  forward(ids: Tensor, places: Places): Made<{ last_hidden_state: Tensor }> {
    return this.decoder(ids, places);
  }
}

/** int64 ids `[batch, position]` → `{ logits: [batch, position, vocabulary] }`. */
export class OPTForCausalLM extends Module {
  model: OPTModel;
  lm_head: Linear;
  readonly #config: Config;

  constructor(given: Config) {
    super();
    const config: Config = { ...defaults, ...given };
    this.#config = config;
    this.model = new OPTModel(config);
    const width = sizeIn(config, "word_embed_proj_dim", sizeIn(config, "hidden_size"));
    this.lm_head = linear(width, sizeIn(config, "vocab_size"));
    if (flagIn(config, "tie_word_embeddings", true))
      this.lm_head.weight = this.model.decoder.embed_tokens.weight;
  }

  get cacheShape(): CacheShape {
    return cacheOf(this.#config, "num_hidden_layers", "num_attention_heads", "hidden_size");
  }

  forward(ids: Tensor, places: Places): Made<{ logits: Tensor }> {
    const { last_hidden_state, ...made } = this.model(ids, places);
    return { logits: this.lm_head(last_hidden_state), ...made };
  }
}

const defaults = {
  vocab_size: 50_272,
  hidden_size: 768,
  num_hidden_layers: 12,
  ffn_dim: 3072,
  max_position_embeddings: 2048,
  num_attention_heads: 12,
};
