/** ViT: an image as a row of patches, after a token of the model's own. */
import { activationNamed } from "../../nn/activation-names.ts";
import { attend, type PerHead, splitHeads } from "../../nn/attention.ts";
import { ModuleList } from "../../nn/containers.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Dropout } from "../../nn/dropout.ts";
import { unfilled } from "../../nn/init.ts";
import type { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { LayerNorm } from "../../nn/norm.ts";
import { place } from "../../nn/places.ts";
import type { Type } from "../../tensor/type.ts";
import { ops } from "../../trace/functions.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { linear } from "./parts/blocks.ts";
import { type Config, flagIn, numberIn, sizeIn, textIn } from "./parts/config.ts";
import { Pooler } from "./parts/pooler.ts";

const dropout = (config: Config): Dropout => new Dropout(numberIn(config, "hidden_dropout_prob"));
const normOf = (config: Config): LayerNorm =>
  new LayerNorm(sizeIn(config, "hidden_size"), numberIn(config, "layer_norm_eps"));

export class ViTPatchEmbeddings extends Module {
  projection: Conv2d;

  constructor(config: Config) {
    super();
    const size = sizeIn(config, "patch_size");
    this.projection = new Conv2d(sizeIn(config, "num_channels"), sizeIn(config, "hidden_size"), size, {
      stride: size,
      init: "empty",
    });
  }

  /** `[batch, channels, height, width]` → `[batch, patches, hidden]`. */
  forward(pixels: Tensor): Tensor {
    return this.projection(pixels).flatten(2).transpose(1, 2);
  }
}

export class ViTEmbeddings extends Module {
  cls_token: Tensor;
  position_embeddings: Tensor;
  patch_embeddings: ViTPatchEmbeddings;
  dropout: Dropout;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    const side = Math.floor(sizeIn(config, "image_size") / sizeIn(config, "patch_size"));
    this.cls_token = unfilled([1, 1, hidden]);
    this.position_embeddings = unfilled([1, side * side + 1, hidden]);
    this.patch_embeddings = new ViTPatchEmbeddings(config);
    this.dropout = dropout(config);
  }

  forward(pixels: Tensor): Tensor {
    const patches = this.patch_embeddings(pixels);
    const first = ops.onesLike(patches.at(":", "0:1")).mul(this.cls_token);
    return this.dropout(ops.cat([first, patches], 1).add(this.position_embeddings));
  }
}

export interface ViTSelfAttention extends PerHead {
  (x: Tensor): [Tensor];
}

export class ViTSelfAttention extends Module {
  query: Linear;
  key: Linear;
  value: Linear;
  dropout: Dropout;
  readonly #heads: number;
  readonly #headDim: number;

  constructor(config: Config) {
    super();
    const hidden = sizeIn(config, "hidden_size");
    const bias = flagIn(config, "qkv_bias", true);
    this.#heads = sizeIn(config, "num_attention_heads");
    this.#headDim = hidden / this.#heads;
    this.query = linear(hidden, hidden, bias);
    this.key = linear(hidden, hidden, bias);
    this.value = linear(hidden, hidden, bias);
    this.dropout = new Dropout(numberIn(config, "attention_probs_dropout_prob"));
  }

  /** `[batch, position, hidden]` → the tuple `[attention output]`. */
  forward(x: Tensor): [Tensor] {
    const parts = [this.query(x), this.key(x), this.value(x)];
    const [query, key, value] = splitHeads(parts, [this.#heads, this.#heads], this.#headDim);
    return [attend(query, key, value)];
  }
}

/** A projection back to the hidden state. */
export class ViTOutput extends Module {
  dense: Linear;
  dropout: Dropout;
  readonly #kind: string;

  constructor(config: Config, kind: "ViTSelfOutput" | "ViTOutput") {
    super();
    const hidden = sizeIn(config, "hidden_size");
    this.#kind = kind;
    this.dense = linear(kind === "ViTOutput" ? sizeIn(config, "intermediate_size") : hidden, hidden, true);
    this.dropout = dropout(config);
  }

  override get kind(): string {
    return this.#kind;
  }

  /** With a residual it is added. */
  forward(x: Tensor, residual: Tensor | null): Tensor {
    const name = this.#kind === "ViTOutput" ? "hook_mlp_out" : "hook_attn_out";
    const made = place(name, this.dropout(this.dense(x)));
    return residual ? place("hook_resid_post", made.add(residual)) : made;
  }
}

export interface ViTAttention extends PerHead {
  (x: Tensor): [Tensor];
}

export class ViTAttention extends Module {
  attention: ViTSelfAttention;
  output: ViTOutput;

  constructor(config: Config) {
    super();
    this.attention = new ViTSelfAttention(config);
    this.output = new ViTOutput(config, "ViTSelfOutput");
  }

  forward(x: Tensor): [Tensor] {
    return [this.output(this.attention(x)[0], null)];
  }
}

export class ViTIntermediate extends Module {
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

export interface ViTLayer {
  (x: Tensor): [Tensor];
}

export class ViTLayer extends Module {
  attention: ViTAttention;
  intermediate: ViTIntermediate;
  output: ViTOutput;
  layernorm_before: LayerNorm;
  layernorm_after: LayerNorm;

  constructor(config: Config) {
    super();
    this.attention = new ViTAttention(config);
    this.intermediate = new ViTIntermediate(config);
    this.output = new ViTOutput(config, "ViTOutput");
    this.layernorm_before = normOf(config);
    this.layernorm_after = normOf(config);
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  forward(x: Tensor): [Tensor] {
    const middle = place("hook_resid_mid", this.attention(this.layernorm_before(x))[0].add(x));
    return [this.output(this.intermediate(this.layernorm_after(middle)), middle)];
  }
}

export interface ViTEncoder {
  (x: Tensor): { readonly last_hidden_state: Tensor };
}

export class ViTEncoder extends Module {
  layer: ModuleList<ViTLayer>;

  constructor(config: Config) {
    super();
    this.layer = new ModuleList(
      Array.from({ length: sizeIn(config, "num_hidden_layers") }, () => new ViTLayer(config)),
    );
  }

  forward(x: Tensor): { last_hidden_state: Tensor } {
    let hidden = x;
    for (const layer of this.layer) [hidden] = layer(hidden);
    return { last_hidden_state: hidden };
  }
}

export interface ViTResult {
  readonly last_hidden_state: Tensor;
  readonly pooler_output?: Tensor;
}

export interface ViTModel {
  (pixels: Tensor): ViTResult;
}

/** float32 `[batch, channels, size, size]` → `{ last_hidden_state: [batch, 1 + patches, hidden], pooler_output }`. */
export class ViTModel extends Module {
  embeddings: ViTEmbeddings;
  encoder: ViTEncoder;
  layernorm: LayerNorm;
  pooler?: Pooler;
  readonly #type: Type;

  constructor(given: Config, pooled = true) {
    super();
    const config: Config = { ...defaults, ...given };
    const [hidden, size] = [sizeIn(config, "hidden_size"), sizeIn(config, "image_size")];
    this.#type = { dtype: "float32", shape: [{ name: "batch" }, sizeIn(config, "num_channels"), size, size] };
    this.embeddings = new ViTEmbeddings(config);
    this.encoder = new ViTEncoder(config);
    this.layernorm = normOf(config);
    if (pooled)
      this.pooler = new Pooler("ViTPooler", hidden, {
        out: sizeIn(config, "pooler_output_size", hidden),
        activation: textIn(config, "pooler_act", "tanh"),
      });
  }

  override get inputType(): Type {
    return this.#type;
  }

  forward(pixels: Tensor): ViTResult {
    const { last_hidden_state: hidden } = this.encoder(this.embeddings(pixels));
    const last_hidden_state = this.layernorm(hidden);
    return { last_hidden_state, ...(this.pooler && { pooler_output: this.pooler(last_hidden_state) }) };
  }
}

/** float32 `[batch, channels, size, size]` → `{ logits: [batch, labels] }`. */
export class ViTForImageClassification extends Module {
  vit: ViTModel;
  classifier: Linear;

  constructor(given: Config) {
    super();
    const config: Config = { ...defaults, ...given };
    const named = Object.keys((config["id2label"] as object | undefined) ?? {}).length;
    this.vit = new ViTModel(config, false);
    this.classifier = linear(sizeIn(config, "hidden_size"), sizeIn(config, "num_labels", named || 2), true);
  }

  override get inputType(): Type | undefined {
    return this.vit.inputType;
  }

  forward(pixels: Tensor): { logits: Tensor } {
    return { logits: this.classifier(this.vit(pixels).last_hidden_state.at(":", 0)) };
  }
}

const defaults = {
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  layer_norm_eps: 1e-12,
  image_size: 224,
  patch_size: 16,
  num_channels: 3,
};

/** The class that `architectures` names, else the bare model. */
export const vit = (config: Config): ViTModel | ViTForImageClassification =>
  /ImageClassification/.test(String(config["architectures"]))
    ? new ViTForImageClassification(config)
    : new ViTModel(config);
