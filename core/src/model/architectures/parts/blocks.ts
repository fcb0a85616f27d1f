/** The inside of a decoder layer of Llama's kind: attention with grouped queries, and a gated MLP. */
import { activationNamed } from "../../../nn/activation-names.ts";
import { attend, joined, type Kept, type KeyValue, kept, type PerHead } from "../../../nn/attention.ts";
import { Linear } from "../../../nn/linear.ts";
import { Module } from "../../../nn/module.ts";
import { place } from "../../../nn/places.ts";
import { type Angles, rotate } from "../../../nn/rotary.ts";
import type { Tensor } from "../../../trace/tensor.ts";
import type { Design } from "./design.ts";

/** What every layer gets besides the hidden state. */
export interface Setting {
  /** 0 where a query may look, the least float where not: `[batch, 1, position, position]`; absent when each sees all before it. */
  readonly attention_mask: Tensor | null;
  /** cos and sin of the angles, each `[batch, position, size / 2]`. */
  readonly position_embeddings: Angles;
  /** Keys and values of the positions before, in generation. */
  readonly past_key_value?: KeyValue | undefined;
}

export const linear = (inFeatures: number, outFeatures: number, bias = false): Linear =>
  new Linear(inFeatures, outFeatures, { bias, init: "empty" });

export class GatedMLP extends Module {
  gate_proj: Linear;
  up_proj: Linear;
  down_proj: Linear;
  act_fn: Module;
  readonly #family: string;

  constructor({ family, hidden, intermediate, activation, biases }: Design) {
    super();
    this.#family = family;
    this.gate_proj = linear(hidden, intermediate, biases.mlp);
    this.up_proj = linear(hidden, intermediate, biases.mlp);
    this.down_proj = linear(intermediate, hidden, biases.mlp);
    this.act_fn = activationNamed(activation);
  }

  override get kind(): string {
    return `${this.#family}MLP`;
  }

  forward(x: Tensor): Tensor {
    const pre = place("hook_pre", this.gate_proj(x));
    const linear = place("hook_pre_linear", this.up_proj(x));
    return this.down_proj(place("hook_post", this.act_fn(pre).mul(linear)));
  }
}

/** Turns queries and keys and attends: the part that Llama's kind has in common. */
export function attendRotary(
  design: Design,
  [query, key, value]: readonly [Tensor, Tensor, Tensor],
  { attention_mask, position_embeddings, past_key_value }: Setting,
): readonly [attended: Tensor, now: KeyValue] {
  const { heads, keyHeads, headDim, rope, scale, softcap } = design;
  const turned = [query, key].map((x) => rotate(x, position_embeddings, rope.size, headDim));
  const now = joined(past_key_value, [turned[1]!, value]);
  const attended = attend(turned[0]!, ...now, {
    mask: attention_mask,
    causal: true,
    scale,
    softcap: softcap ?? null,
    shared: heads / keyHeads,
  });
  return [attended, now];
}

export interface GroupedAttention extends PerHead {
  (x: Tensor, setting: Setting): Kept;
}

export class GroupedAttention extends Module {
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  q_norm?: Module;
  k_norm?: Module;
  readonly #design: Design;

  constructor(design: Design) {
    super();
    const { hidden, heads, keyHeads, headDim, biases } = design;
    this.#design = design;
    this.q_proj = linear(hidden, heads * headDim, biases.qkv);
    this.k_proj = linear(hidden, keyHeads * headDim, biases.qkv);
    this.v_proj = linear(hidden, keyHeads * headDim, biases.qkv);
    this.o_proj = linear(heads * headDim, hidden, biases.out);
    if (design.headNorms !== "none") {
      this.q_norm = design.norm(headDim);
      this.k_norm = design.norm(headDim);
    }
  }

  override get kind(): string {
    return `${this.#design.family}Attention`;
  }

  /** `[batch, position, hidden]` → the tuple `[attention output]`, in generation with the keys and values so far. */
  forward(x: Tensor, setting: Setting): Kept {
    const { heads, keyHeads, headDim, headNorms } = this.#design;
    const split = (name: "q" | "k" | "v", all: Tensor, count: number, norm?: Module): Tensor => {
      const each = place(`hook_${name}`, all.unflatten(-1, [count, headDim]));
      if (norm && headNorms === "positions first") return norm(each).transpose(1, 2);
      const apart = each.transpose(1, 2);
      return norm ? norm(apart) : apart;
    };
    const query = split("q", this.q_proj(x), heads, this.q_norm);
    const key = split("k", this.k_proj(x), keyHeads, this.k_norm);
    const value = split("v", this.v_proj(x), keyHeads);
    const [attended, now] = attendRotary(this.#design, [query, key, value], setting);
    return kept(setting.past_key_value, this.o_proj(attended), now);
  }
}
