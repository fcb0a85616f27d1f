/** What the models of the Gemma family have in common: norms that multiply by 1 + weight, and those around each half of a layer. */
import { type Kept, kept } from "../../../nn/attention.ts";
import { zerosParameter } from "../../../nn/init.ts";
import { Module } from "../../../nn/module.ts";
import { place } from "../../../nn/places.ts";
import type { Tensor } from "../../../trace/tensor.ts";
import type { Setting } from "./blocks.ts";
import { type Config, numberIn, sizeIn, textIn } from "./config.ts";
import { DecoderForCausalLM, DecoderLayer } from "./decoder.ts";
import { type Design, designOf } from "./design.ts";

/** x / √(mean(x²) + eps) · (1 + weight), over the last dimension. */
export class GemmaRMSNorm extends Module {
  weight: Tensor;
  readonly #family: string;

  constructor(
    family: string,
    readonly size: number,
    readonly eps: number,
  ) {
    super();
    this.#family = family;
    this.weight = zerosParameter([size]);
  }

  override get kind(): string {
    return `${this.#family}RMSNorm`;
  }

  forward(x: Tensor): Tensor {
    return x.rmsNorm(this.size, this.weight.add(1), this.eps);
  }

  override extra(): string {
    return `(${this.size},), eps=${this.eps}`;
  }
}

export class GemmaDecoderLayer extends DecoderLayer {
  pre_feedforward_layernorm: Module;
  post_feedforward_layernorm: Module;

  constructor(design: Design) {
    super(design);
    this.pre_feedforward_layernorm = design.norm(design.hidden);
    this.post_feedforward_layernorm = design.norm(design.hidden);
  }

  /** `[batch, position, hidden]` → the tuple `[hidden state]`. */
  override forward(x: Tensor, setting: Setting): Kept {
    const [attended, now] = this.self_attn(this.input_layernorm(x), setting);
    const half = place("hook_attn_out", this.post_attention_layernorm(attended));
    const middle = place("hook_resid_mid", x.add(half));
    const made = this.post_feedforward_layernorm(this.mlp(this.pre_feedforward_layernorm(middle)));
    return kept(setting.past_key_value, middle.add(place("hook_mlp_out", made)), now);
  }
}

export type GemmaForCausalLM = DecoderForCausalLM<GemmaDecoderLayer>;

export const defaults = {
  head_dim: 256,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
  query_pre_attn_scalar: 256,
};

/** A bound on scores or logits; none where the config says null. */
export const capIn = (config: Config, key: string, otherwise: number | null): number | null =>
  (config[key] === undefined ? otherwise : config[key]) as number | null;

/** What all of them have. */
export function sharedBy(family: string, config: Config): Partial<Design> {
  const eps = numberIn(config, "rms_norm_eps", 1e-6);
  return {
    activation: textIn(config, "hidden_activation", "gelu_pytorch_tanh"),
    embedScale: Math.sqrt(sizeIn(config, "hidden_size")),
    norm: (size) => new GemmaRMSNorm(family, size, eps),
  };
}

/** Gemma 2 and later. */
export function gemma(family: string, config: Config, change: Partial<Design>): GemmaForCausalLM {
  return new DecoderForCausalLM(
    designOf(family, config, {
      ...sharedBy(family, config),
      scale: numberIn(config, "query_pre_attn_scalar") ** -0.5,
      ...change,
    }),
    GemmaDecoderLayer,
  );
}
