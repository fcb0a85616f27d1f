/** What decides the inside of a decoder of Llama's kind: one form for all of them, read from a config. */
import type { Module } from "../../../nn/module.ts";
import { RMSNorm } from "../../../nn/norm.ts";
import type { Rope } from "../../../nn/rope.ts";
import { type Config, flagIn, numberIn, ropeIn, sizeIn, textIn } from "./config.ts";

export interface Design {
  /** The first word of its classes: `Llama`. */
  readonly family: string;
  readonly vocabulary: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim: number;
  readonly activation: string;
  /** Which projections have a bias. */
  readonly biases: { readonly qkv: boolean; readonly out: boolean; readonly mlp: boolean };
  /** Whether the head's weights are those of the embedding. */
  readonly tied: boolean;
  readonly rope: Rope;
  /** The rotary positions of layers with a window, where they are others. */
  readonly localRope?: Rope;
  /** For each layer how many positions back it sees, or nothing for all. */
  readonly windows: readonly (number | undefined)[];
  /** What scores are multiplied by. */
  readonly scale: number;
  /** Whether queries and keys are normalised in each head, and whether as `[batch, position, heads, …]` or heads before positions. */
  readonly headNorms: "none" | "positions first" | "heads first";
  /** Bends attention's scores. */
  readonly softcap?: number | null;
  /** Bends the logits. */
  readonly outputSoftcap?: number | null;
  /** What embeddings are multiplied by. */
  readonly embedScale?: number;
  norm(size: number): Module;
}

/** Llama's own, from which the others differ in what `change` says. */
export function designOf(family: string, config: Config, change: Partial<Design> = {}): Design {
  const hidden = sizeIn(config, "hidden_size", 4096);
  const heads = sizeIn(config, "num_attention_heads", 32);
  const headDim = change.headDim ?? sizeIn(config, "head_dim", hidden / heads);
  const layers = sizeIn(config, "num_hidden_layers", 32);
  const eps = numberIn(config, "rms_norm_eps", 1e-6);
  const bias = flagIn(config, "attention_bias");
  return {
    family,
    vocabulary: sizeIn(config, "vocab_size", 32_000),
    hidden,
    intermediate: sizeIn(config, "intermediate_size", 11_008),
    layers,
    heads,
    keyHeads: sizeIn(config, "num_key_value_heads", heads),
    headDim,
    activation: textIn(config, "hidden_act", "silu"),
    biases: { qkv: bias, out: bias, mlp: flagIn(config, "mlp_bias") },
    tied: flagIn(config, "tie_word_embeddings"),
    rope: ropeIn(config, headDim),
    windows: Array(layers).fill(undefined),
    scale: headDim ** -0.5,
    headNorms: "none",
    norm: (size) => new RMSNorm(size, eps),
    ...change,
  };
}

/**
 * The window of each layer, by `layer_types` where the config has them, else as the family does. One that holds the whole
 * context hides nothing.
 */
export function windowsIn(
  config: Config,
  otherwise: (layer: number) => boolean,
  standard?: number,
): readonly (number | undefined)[] {
  const window = (config["sliding_window"] === undefined ? standard : config["sliding_window"]) as
    | number
    | null
    | undefined;
  const types = config["layer_types"] as readonly string[] | undefined;
  const context = sizeIn(config, "max_position_embeddings");
  return Array.from({ length: sizeIn(config, "num_hidden_layers", 32) }, (_, layer) => {
    const slides = types ? types[layer] === "sliding_attention" : otherwise(layer);
    return slides && window && window < context ? window : undefined;
  });
}
