/** GPT-NeoX (Pythia): both halves of a layer read the same hidden state, and a part of each head is turned. */
import { activationNamed } from "../../nn/activation-names.ts";
import {
  attend,
  type CacheShape,
  headsApart,
  joined,
  type Kept,
  kept,
  type PerHead,
} from "../../nn/attention.ts";
import { ModuleList } from "../../nn/containers.ts";
import { Dropout } from "../../nn/dropout.ts";
import { Embedding } from "../../nn/embedding.ts";
import type { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { LayerNorm } from "../../nn/norm.ts";
import { place } from "../../nn/places.ts";
import type { Rope } from "../../nn/rope.ts";
import { RotaryEmbedding, rotate } from "../../nn/rotary.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { linear, type Setting } from "./parts/blocks.ts";
import { type Config, flagIn, numberIn, ropeIn, sizeIn, textIn } from "./parts/config.ts";
import { cacheOf, type Made, maskOf, type Places, throughLayers } from "./parts/decoder.ts";

export class GPTNeoXMLP extends Module {
  dense_h_to_4h: Linear;
  dense_4h_to_h: Linear;
  act: Module;

  constructor(config: Config) {
    super();
    const [hidden, inner] = [sizeIn(config, "hidden_size"), sizeIn(config, "intermediate_size")];
    this.dense_h_to_4h = linear(hidden, inner, true);
    this.dense_4h_to_h = linear(inner, hidden, true);
    this.act = activationNamed(textIn(config, "hidden_act", "gelu"));
  }

  forward(x: Tensor): Tensor {
    const pre = place("hook_pre", this.dense_h_to_4h(x));
    return this.dense_4h_to_h(place("hook_post", this.act(pre)));
  }
}

export interface GPTNeoXAttention extends PerHead {
  (x: Tensor, setting: Setting): Kept;
}

export class GPTNeoXAttention extends Module {
  query_key_value: Linear;
  dense: Linear;
  readonly #heads: number;
  readonly #rope: Rope;
  readonly #headDim: number;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    const bias = flagIn(config, "attention_bias", true);
    this.#heads = sizeIn(config, "num_attention_heads");
    this.#headDim = hidden / this.#heads;
    this.#rope = ropeOf(config);
    this.query_key_value = linear(hidden, 3 * hidden, bias);
    this.dense = linear(hidden, hidden, bias);
  }

  /** `[batch, position, hidden]` → the tuple `[attention output]`. */
  forward(x: Tensor, { attention_mask, position_embeddings, past_key_value: past }: Setting): Kept {
    const parts = this.query_key_value(x)
      .unflatten(-1, [this.#heads, 3 * this.#headDim])
      .chunk(3, -1) as Tensor[];
    const [query, key, value] = headsApart(parts);
    const [q, k] = [query, key].map((one) =>
      rotate(one, position_embeddings, this.#rope.size, this.#headDim),
    );
    const now = joined(past, [k!, value]);
    return kept(past, this.dense(attend(q!, ...now, { mask: attention_mask, causal: true })), now);
  }
}

export interface GPTNeoXLayer {
  (x: Tensor, setting: Setting): Kept;
}

export class GPTNeoXLayer extends Module {
  input_layernorm: LayerNorm;
  post_attention_layernorm: LayerNorm;
  post_attention_dropout = new Dropout(0);
  post_mlp_dropout = new Dropout(0);
  attention: GPTNeoXAttention;
  mlp: GPTNeoXMLP;
  readonly #parallel: boolean;

  constructor(config: Config) {
    super();
    const [hidden, eps] = [sizeIn(config, "hidden_size"), numberIn(config, "layer_norm_eps")];
    this.#parallel = flagIn(config, "use_parallel_residual", true);
    this.input_layernorm = new LayerNorm(hidden, eps);
    this.post_attention_layernorm = new LayerNorm(hidden, eps);
    this.attention = new GPTNeoXAttention(config);
    this.mlp = new GPTNeoXMLP(config);
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor, setting: Setting): Kept {
    const [attended, now] = this.attention(this.input_layernorm(x), setting);
    const middle = place("hook_attn_out", this.post_attention_dropout(attended)).add(x);
    const after = this.#parallel ? middle : place("hook_resid_mid", middle);
    const read = this.post_attention_layernorm(this.#parallel ? x : after);
    const made = place("hook_mlp_out", this.post_mlp_dropout(this.mlp(read)));
    return kept(setting.past_key_value, after.add(made), now);
  }
}

export interface GPTNeoXModel {
  (ids: Tensor, places: Places): Made<{ readonly last_hidden_state: Tensor }>;
}

export class GPTNeoXModel extends Module {
  embed_in: Embedding;
  emb_dropout = new Dropout(0);
  layers: ModuleList<GPTNeoXLayer>;
  final_layer_norm: LayerNorm;
  rotary_emb: RotaryEmbedding;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    this.embed_in = new Embedding(sizeIn(config, "vocab_size"), hidden, { init: "empty" });
    this.layers = new ModuleList(
      Array.from({ length: sizeIn(config, "num_hidden_layers") }, () => new GPTNeoXLayer(config)),
    );
    this.final_layer_norm = new LayerNorm(hidden, numberIn(config, "layer_norm_eps"));
    this.rotary_emb = new RotaryEmbedding(ropeOf(config));
  }

  forward(ids: Tensor, places: Places): Made<{ last_hidden_state: Tensor }> {
    const setting: Setting = {
      attention_mask: maskOf(places),
      position_embeddings: this.rotary_emb(places.position_ids),
    };
    const first = this.emb_dropout(this.embed_in(ids));
    const { hidden, made } = throughLayers(this.layers, first, places, () => setting);
    return { last_hidden_state: this.final_layer_norm(hidden), ...made };
  }
}

/** int64 ids `[batch, position]` → `{ logits: [batch, position, vocabulary] }`. */
export class GPTNeoXForCausalLM extends Module {
  gpt_neox: GPTNeoXModel;
  embed_out: Linear;
  readonly #config: Config;

  constructor(given: Config) {
    super();
    const config = { ...defaults, ...given };
    this.#config = config;
    this.gpt_neox = new GPTNeoXModel(config);
    this.embed_out = linear(config.hidden_size, config.vocab_size);
    if (flagIn(config, "tie_word_embeddings")) this.embed_out.weight = this.gpt_neox.embed_in.weight;
  }

  get cacheShape(): CacheShape {
    return cacheOf(this.#config, "num_hidden_layers", "num_attention_heads", "hidden_size");
  }

  forward(ids: Tensor, places: Places): Made<{ logits: Tensor }> {
    const { last_hidden_state, ...made } = this.gpt_neox(ids, places);
    return { logits: this.embed_out(last_hidden_state), ...made };
  }
}

function ropeOf(config: Config): Rope {
  const headDim = sizeIn(config, "hidden_size") / sizeIn(config, "num_attention_heads");
  const share = numberIn(config, "rotary_pct", 0.25);
  return ropeIn(
    { partial_rotary_factor: share, ...config },
    headDim,
    numberIn(config, "rotary_emb_base", 1e4),
  );
}

const defaults = {
  vocab_size: 50_432,
  hidden_size: 6144,
  num_hidden_layers: 44,
  num_attention_heads: 64,
  intermediate_size: 24_576,
  max_position_embeddings: 2048,
  layer_norm_eps: 1e-5,
};
