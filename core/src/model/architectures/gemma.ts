/** Gemma, Gemma 2 and the text part of Gemma 3; the later ones with norms around each half of a layer, and windows in most. */

import { type Kept, kept } from "../../nn/attention.ts";
import { zerosParameter } from "../../nn/init.ts";
import { Module } from "../../nn/module.ts";
import { place } from "../../nn/places.ts";
import type { Tensor } from "../../trace/tensor.ts";
import type { Setting } from "./parts/blocks.ts";
import { type Config, numberIn, ropeIn, sizeIn, textIn } from "./parts/config.ts";
import { DecoderForCausalLM, DecoderLayer } from "./parts/decoder.ts";
import { type Design, designOf, windowsIn } from "./parts/design.ts";

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

const defaults = {
  head_dim: 256,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
  query_pre_attn_scalar: 256,
};

/** Gemma 1: Llama's layers with Gemma's norms. */
export function gemma1(given: Config): DecoderForCausalLM {
  const sizes = {
    hidden_size: 3072,
    intermediate_size: 24_576,
    num_hidden_layers: 28,
    num_attention_heads: 16,
  };
  const config: Config = { ...defaults, ...sizes, vocab_size: 256_000, num_key_value_heads: 16, ...given };
  return new DecoderForCausalLM(designOf("Gemma", config, sharedBy("Gemma", config)));
}

export type GemmaForCausalLM = DecoderForCausalLM<GemmaDecoderLayer>;

export function gemma2(given: Config): GemmaForCausalLM {
  const sizes = { hidden_size: 2304, intermediate_size: 9216, num_hidden_layers: 26, num_attention_heads: 8 };
  const config = { ...defaults, ...sizes, vocab_size: 256_000, num_key_value_heads: 4, ...given };
  return gemma("Gemma2", config, {
    windows: windowsIn(config, (layer) => layer % 2 === 0, 4096),
    softcap: capIn(config, "attn_logit_softcapping", 50),
    outputSoftcap: capIn(config, "final_logit_softcapping", 30),
  });
}

export function gemma3(given: Config): GemmaForCausalLM {
  const sizes = { hidden_size: 2304, intermediate_size: 9216, num_hidden_layers: 26, num_attention_heads: 8 };
  const long = { vocab_size: 262_208, num_key_value_heads: 4, max_position_embeddings: 131_072 };
  const config: Config = { ...defaults, ...sizes, ...long, ...given };
  const pattern = sizeIn(config, "sliding_window_pattern", 6);
  const headDim = sizeIn(config, "head_dim");
  return gemma("Gemma3", config, {
    headNorms: "heads first",
    windows: windowsIn(config, (layer) => (layer + 1) % pattern !== 0, 4096),
    softcap: capIn(config, "attn_logit_softcapping", null),
    outputSoftcap: capIn(config, "final_logit_softcapping", null),
    ...ropesIn(config, headDim),
  });
}

/** The rotary positions of layers that see everything, and of those with a window. */
function ropesIn(config: Config, headDim: number): Pick<Design, "rope" | "localRope"> {
  const each = config["rope_parameters"] as Readonly<Record<string, Config>> | undefined;
  const local = numberIn(config, "rope_local_base_freq", 10_000);
  const { rope_parameters: _, rope_scaling: __, ...rest } = config;
  if (!each?.["full_attention"])
    return {
      rope: ropeIn(config, headDim, 1e6),
      localRope: ropeIn({ ...rest, rope_theta: local }, headDim),
    };
  return {
    rope: ropeIn({ ...rest, rope_parameters: each["full_attention"] }, headDim, 1e6),
    localRope: ropeIn({ ...rest, rope_parameters: each["sliding_attention"] }, headDim, local),
  };
}

const capIn = (config: Config, key: string, otherwise: number | null): number | null =>
  (config[key] === undefined ? otherwise : config[key]) as number | null;

/** What all of them have. */
function sharedBy(family: string, config: Config): Partial<Design> {
  const eps = numberIn(config, "rms_norm_eps", 1e-6);
  return {
    activation: textIn(config, "hidden_activation", "gelu_pytorch_tanh"),
    embedScale: Math.sqrt(sizeIn(config, "hidden_size")),
    norm: (size) => new GemmaRMSNorm(family, size, eps),
  };
}

function gemma(family: string, config: Config, change: Partial<Design>): GemmaForCausalLM {
  return new DecoderForCausalLM(
    designOf(family, config, {
      ...sharedBy(family, config),
      scale: numberIn(config, "query_pre_attn_scalar") ** -0.5,
      ...change,
    }),
    GemmaDecoderLayer,
  );
}
