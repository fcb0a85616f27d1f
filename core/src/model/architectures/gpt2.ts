/** GPT-2: learnt positions, norms before each half of a layer, and weights written the other way round. */
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
import { Conv1D } from "../../nn/conv.ts";
import { Dropout } from "../../nn/dropout.ts";
import { Embedding } from "../../nn/embedding.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { LayerNorm } from "../../nn/norm.ts";
import { place } from "../../nn/places.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { type Config, flagIn, numberIn, sizeIn, textIn } from "./parts/config.ts";
import { cacheOf, type Made, maskOf, type Places, throughLayers } from "./parts/decoder.ts";

interface Setting {
  /** As in Llama's layers. */
  readonly attention_mask: Tensor | null;
  readonly past_key_value?: KeyValue | undefined;
}

export class GPT2MLP extends Module {
  c_fc: Conv1D;
  c_proj: Conv1D;
  act: Module;
  dropout: Dropout;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "n_embd");
    const inner = sizeIn(config, "n_inner", 4 * hidden);
    this.c_fc = new Conv1D(inner, hidden);
    this.c_proj = new Conv1D(hidden, inner);
    this.act = activationNamed(textIn(config, "activation_function", "gelu_new"));
    this.dropout = new Dropout(numberIn(config, "resid_pdrop"));
  }

  forward(x: Tensor): Tensor {
    const pre = place("hook_pre", this.c_fc(x));
    return this.dropout(this.c_proj(place("hook_post", this.act(pre))));
  }
}

export interface GPT2Attention extends PerHead {
  (x: Tensor, setting: Setting): Kept;
}

export class GPT2Attention extends Module {
  c_attn: Conv1D;
  c_proj: Conv1D;
  attn_dropout: Dropout;
  resid_dropout: Dropout;
  readonly #heads: number;
  readonly #headDim: number;
  readonly #scale: number;

  constructor(config: Config, layer: number) {
    super();
    const hidden = sizeIn(config, "n_embd");
    this.#heads = sizeIn(config, "n_head");
    this.#headDim = hidden / this.#heads;
    const scale = flagIn(config, "scale_attn_weights", true) ? this.#headDim ** -0.5 : 1;
    this.#scale = flagIn(config, "scale_attn_by_inverse_layer_idx") ? scale / (layer + 1) : scale;
    this.c_attn = new Conv1D(3 * hidden, hidden);
    this.c_proj = new Conv1D(hidden, hidden);
    this.attn_dropout = new Dropout(numberIn(config, "attn_pdrop"));
    this.resid_dropout = new Dropout(numberIn(config, "resid_pdrop"));
  }

  /** `[batch, position, hidden]` → the tuple `[attention output]`. */
  forward(x: Tensor, { attention_mask, past_key_value: past }: Setting): Kept {
    const parts = this.c_attn(x).chunk(3, -1) as Tensor[];
    const [query, key, value] = splitHeads(parts, [this.#heads, this.#heads], this.#headDim);
    const setting = { mask: attention_mask, causal: true, scale: this.#scale };
    const now = joined(past, [key, value]);
    return kept(past, this.resid_dropout(this.c_proj(attend(query, ...now, setting))), now);
  }
}

export interface GPT2Block {
  (x: Tensor, setting: Setting): Kept;
}

export class GPT2Block extends Module {
  ln_1: LayerNorm;
  attn: GPT2Attention;
  ln_2: LayerNorm;
  mlp: GPT2MLP;

  constructor(config: Config, layer: number) {
    super();
    const [hidden, eps] = [sizeIn(config, "n_embd"), numberIn(config, "layer_norm_epsilon")];
    this.ln_1 = new LayerNorm(hidden, eps);
    this.attn = new GPT2Attention(config, layer);
    this.ln_2 = new LayerNorm(hidden, eps);
    this.mlp = new GPT2MLP(config);
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor, setting: Setting): Kept {
    const [attended, now] = this.attn(this.ln_1(x), setting);
    const middle = place("hook_resid_mid", place("hook_attn_out", attended).add(x));
    const made = place("hook_mlp_out", this.mlp(this.ln_2(middle)));
    return kept(setting.past_key_value, middle.add(made), now);
  }
}

export interface GPT2Model {
  (ids: Tensor, places: Places): Made<{ readonly last_hidden_state: Tensor }>;
}

export class GPT2Model extends Module {
  wte: Embedding;
  wpe: Embedding;
  drop: Dropout;
  h: ModuleList<GPT2Block>;
  ln_f: LayerNorm;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "n_embd");
    this.wte = new Embedding(sizeIn(config, "vocab_size"), hidden, { init: "empty" });
    this.wpe = new Embedding(sizeIn(config, "n_positions"), hidden, { init: "empty" });
    this.drop = new Dropout(numberIn(config, "embd_pdrop"));
    this.h = new ModuleList(
      Array.from({ length: sizeIn(config, "n_layer") }, (_, layer) => new GPT2Block(config, layer)),
    );
    this.ln_f = new LayerNorm(hidden, numberIn(config, "layer_norm_epsilon"));
  }

  forward(ids: Tensor, places: Places): Made<{ last_hidden_state: Tensor }> {
    const setting: Setting = { attention_mask: maskOf(places) };
    const first = this.drop(this.wte(ids).add(this.wpe(places.position_ids)));
    const { hidden, made } = throughLayers(this.h, first, places, () => setting);
    return { last_hidden_state: this.ln_f(hidden), ...made };
  }
}

/** int64 ids `[batch, position]` → `{ logits: [batch, position, vocabulary] }`. */
export class GPT2LMHeadModel extends Module {
  transformer: GPT2Model;
  lm_head: Linear;
  readonly #config: Config;

  constructor(given: Config) {
    super();
    const config = { ...defaults, ...given };
    this.#config = config;
    this.transformer = new GPT2Model(config);
    this.lm_head = new Linear(config.n_embd, config.vocab_size, { bias: false, init: "empty" });
    if (flagIn(config, "tie_word_embeddings", true)) this.lm_head.weight = this.transformer.wte.weight;
  }

  get cacheShape(): CacheShape {
    return cacheOf(this.#config, "n_layer", "n_head", "n_embd");
  }

  forward(ids: Tensor, places: Places): Made<{ logits: Tensor }> {
    const { last_hidden_state, ...made } = this.transformer(ids, places);
    return { logits: this.lm_head(last_hidden_state), ...made };
  }
}

const defaults = {
  vocab_size: 50_257,
  n_positions: 1024,
  n_embd: 768,
  n_layer: 12,
  n_head: 12,
  layer_norm_epsilon: 1e-5,
  resid_pdrop: 0.1,
  embd_pdrop: 0.1,
  attn_pdrop: 0.1,
};
