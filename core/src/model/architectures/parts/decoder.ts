/** A decoder of Llama's kind: embedding, layers, norm and head, with the module names and outputs of Hugging Face. */
import { ModuleList } from "../../../nn/containers.ts";
import { Embedding } from "../../../nn/embedding.ts";
import type { Linear } from "../../../nn/linear.ts";
import { causalMask } from "../../../nn/masks.ts";
import { Module } from "../../../nn/module.ts";
import { RotaryEmbedding } from "../../../nn/rotary.ts";
import type { Tensor } from "../../../trace/tensor.ts";
import { GatedMLP, GroupedAttention, linear, type Setting } from "./blocks.ts";
import type { Design } from "./design.ts";

/** Arguments by name, besides the ids. */
export interface Places {
  /** int64 `[batch, position]`, counted without the padding. */
  readonly position_ids: Tensor;
  /** int64 `[batch, position]`, 0 at padding; absent when there is none. */
  readonly attention_mask?: Tensor;
}

export interface DecoderLayer {
  (x: Tensor, setting: Setting): [Tensor];
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

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor, setting: Setting): [Tensor] {
    const [attended] = this.self_attn(this.input_layernorm(x), setting);
    const middle = x.add(attended);
    return [middle.add(this.mlp(this.post_attention_layernorm(middle)))];
  }
}

export interface DecoderModel {
  (ids: Tensor, places: Places): { readonly last_hidden_state: Tensor };
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

  forward(ids: Tensor, places: Places): { last_hidden_state: Tensor } {
    const { windows } = this.#design;
    let hidden = this.embed_tokens(ids);
    const settings = new Map(
      [...new Set(windows)].map((window) => [window, this.#settingOf(window, places)]),
    );
    for (const [i, layer] of [...this.layers].entries()) {
      [hidden] = layer(hidden, settings.get(windows[i])!) as unknown as [Tensor];
    }
    return { last_hidden_state: this.norm(hidden) };
  }

  /** What layers with this window get: without one, without padding and without bent scores the order alone decides. */
  #settingOf(window: number | undefined, { position_ids, attention_mask }: Places): Setting {
    const rotary = (window !== undefined && this.rotary_emb_local) || this.rotary_emb;
    const masked = attention_mask || window !== undefined || this.#design.softcap;
    return {
      attention_mask: masked ? causalMask(position_ids, { keep: attention_mask, window }) : null,
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

  forward(ids: Tensor, places: Places): { logits: Tensor } {
    const logits = this.lm_head(this.model(ids, places).last_hidden_state);
    const cap = this.#design.outputSoftcap;
    return { logits: cap ? logits.div(cap).tanh().mul(cap) : logits };
  }
}
