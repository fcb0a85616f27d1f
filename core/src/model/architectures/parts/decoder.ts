/** A decoder of Llama's kind: embedding, layers, norm and head, with the module names and outputs of Hugging Face. */
import { type CacheShape, type Kept, type KeyValue, kept } from "../../../nn/attention.ts";
import { ModuleList } from "../../../nn/containers.ts";
import { Embedding } from "../../../nn/embedding.ts";
import type { Linear } from "../../../nn/linear.ts";
import { causalMask } from "../../../nn/masks.ts";
import { Module } from "../../../nn/module.ts";
import { place } from "../../../nn/places.ts";
import { RotaryEmbedding } from "../../../nn/rotary.ts";
import type { Tensor } from "../../../trace/tensor.ts";
import { GatedMLP, GroupedAttention, linear, type Setting } from "./blocks.ts";
import { type Config, sizeIn } from "./config.ts";
import type { Design } from "./design.ts";

/** Arguments by name, besides the ids. */
export interface Places {
  /** int64 `[batch, position]`, counted without the padding. */
  readonly position_ids: Tensor;
  /** int64 `[batch, past + position]`, 0 at padding; absent when there is none. */
  readonly attention_mask?: Tensor;
  /** Keys and values of the positions before, for each layer, in generation. */
  readonly past_key_values?: readonly KeyValue[];
}

/** What a model makes, and in generation the keys and values so far. */
export type Made<T> = T & { readonly past_key_values?: readonly KeyValue[] };

/** Hides padding and what comes later; nothing where the order alone decides. */
export const maskOf = ({ position_ids, attention_mask, past_key_values }: Places): Tensor | null =>
  attention_mask
    ? causalMask(position_ids, { keep: attention_mask, past: past_key_values !== undefined })
    : null;

/** Of a model whose queries share nothing, by the names of its config. */
export const cacheOf = (config: Config, layers: string, heads: string, hidden: string): CacheShape => ({
  layers: sizeIn(config, layers),
  heads: sizeIn(config, heads),
  headDim: sizeIn(config, hidden) / sizeIn(config, heads),
});

/** Goes through layers; in generation each gets its own past. */
export function throughLayers<S extends { readonly past_key_value?: KeyValue | undefined }>(
  layers: Iterable<Module>,
  first: Tensor,
  { past_key_values: past }: Places,
  settingOf: (layer: number) => S,
): { readonly hidden: Tensor; readonly made: { readonly past_key_values?: readonly KeyValue[] } } {
  let hidden = first;
  const all: KeyValue[] = [];
  for (const [i, layer] of [...layers].entries()) {
    const setting = past ? { ...settingOf(i), past_key_value: past[i]! } : settingOf(i);
    const [next, now] = layer(hidden, setting) as unknown as Kept;
    hidden = next;
    if (now) all.push(now);
  }
  return { hidden, made: past ? { past_key_values: all } : {} };
}

export interface DecoderLayer {
  (x: Tensor, setting: Setting): Kept;
}

export class DecoderLayer extends Module {
  self_attn: GroupedAttention;
  mlp: GatedMLP;
  input_layernorm: Module;
  post_attention_layernorm: Module;
  readonly #family: string;

  constructor(design: Design) {
    super();
    this.#family = design.family;
    this.self_attn = new GroupedAttention(design);
    this.mlp = new GatedMLP(design);
    this.input_layernorm = design.norm(design.hidden);
    this.post_attention_layernorm = design.norm(design.hidden);
  }

  override get kind(): string {
    return `${this.#family}DecoderLayer`;
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`, in generation with the keys and values so far. */
  forward(x: Tensor, setting: Setting): Kept {
    const [attended, now] = this.self_attn(this.input_layernorm(x), setting);
    const middle = place("hook_resid_mid", x.add(place("hook_attn_out", attended)));
    const made = place("hook_mlp_out", this.mlp(this.post_attention_layernorm(middle)));
    return kept(setting.past_key_value, middle.add(made), now);
  }
}

export interface DecoderModel {
  (ids: Tensor, places: Places): Made<{ readonly last_hidden_state: Tensor }>;
}

export class DecoderModel<L extends Module = DecoderLayer> extends Module {
  embed_tokens: Embedding;
  layers: ModuleList<L>;
  norm: Module;
  rotary_emb: RotaryEmbedding;
  rotary_emb_local?: RotaryEmbedding;
  readonly #design: Design;

  constructor(design: Design, layer: new (design: Design) => L) {
    super();
    this.#design = design;
    this.embed_tokens = new Embedding(design.vocabulary, design.hidden, {
      init: "empty",
      scale: design.embedScale,
    });
    this.layers = new ModuleList(Array.from({ length: design.layers }, () => new layer(design)));
    this.norm = design.norm(design.hidden);
    this.rotary_emb = new RotaryEmbedding(design.rope);
    if (design.localRope) this.rotary_emb_local = new RotaryEmbedding(design.localRope);
  }

  override get kind(): string {
    return `${this.#design.family}Model`;
  }

  forward(ids: Tensor, places: Places): Made<{ last_hidden_state: Tensor }> {
    const { windows } = this.#design;
    const settings = new Map(
      [...new Set(windows)].map((window) => [window, this.#settingOf(window, places)]),
    );
    const { hidden, made } = throughLayers(
      this.layers,
      this.embed_tokens(ids),
      places,
      (layer) => settings.get(windows[layer])!,
    );
    return { last_hidden_state: this.norm(hidden), ...made };
  }

  /** What layers with this window get: without one, without padding and without bent scores the order alone decides. */
  #settingOf(window: number | undefined, { position_ids, attention_mask, past_key_values }: Places): Setting {
    const rotary = (window !== undefined && this.rotary_emb_local) || this.rotary_emb;
    const masked = attention_mask || window !== undefined || this.#design.softcap;
    return {
      attention_mask: masked
        ? causalMask(position_ids, { keep: attention_mask, window, past: past_key_values !== undefined })
        : null,
      position_embeddings: rotary(position_ids),
    };
  }
}

/** int64 ids `[batch, position]` → `{ logits: [batch, position, vocabulary] }`. */
export class DecoderForCausalLM<L extends Module = DecoderLayer> extends Module {
  model: DecoderModel<L>;
  lm_head: Linear;
  readonly #design: Design;

  constructor(design: Design, layer = DecoderLayer as unknown as new (design: Design) => L) {
    super();
    this.#design = design;
    this.model = new DecoderModel(design, layer);
    this.lm_head = linear(design.hidden, design.vocabulary);
    if (design.tied) this.lm_head.weight = this.model.embed_tokens.weight;
  }

  override get kind(): string {
    return `${this.#design.family}ForCausalLM`;
  }

  /** What it remembers in generation. */
  get cacheShape(): CacheShape {
    const { layers, keyHeads, headDim } = this.#design;
    return { layers, heads: keyHeads, headDim };
  }

  forward(ids: Tensor, places: Places): Made<{ logits: Tensor }> {
    const { last_hidden_state, ...made } = this.model(ids, places);
    const logits = this.lm_head(last_hidden_state);
    const cap = this.#design.outputSoftcap;
    return { logits: cap ? logits.div(cap).tanh().mul(cap) : logits, ...made };
  }
}
