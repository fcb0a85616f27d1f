/** Attention: what each query takes from the keys it may see. The one place of it for every architecture. */
import { ops } from "../trace/functions.ts";
import type { Tensor } from "../trace/tensor.ts";
import { part, place } from "./places.ts";

export interface AttentionSetting {
  /** Is added to the scores, so 0 where a query may look: `[batch, 1 or heads, queries, keys]`. */
  readonly mask?: Tensor | null;
  /** Without a mask: each query sees itself and what is before it. */
  readonly causal?: boolean;
  /** What scores are multiplied by; 1 / √headDim unless given. */
  readonly scale?: number;
  /** Bends scores into ±softcap, before the mask. Needs `scale` and, for what lies ahead, a mask. */
  readonly softcap?: number | null;
  /** How many heads of the query share one of key and value. Default 1. */
  readonly shared?: number;
}

/** What attention needs of the positions before, in generation: each `[batch, heads, position, headDim]`. */
export type KeyValue = readonly [key: Tensor, value: Tensor];

/** What a layer gives: the hidden state, and in generation the keys and values so far. */
export type Kept = [hidden: Tensor, kept?: KeyValue];

/** How large the keys and values of a model are. */
export interface CacheShape {
  readonly layers: number;
  readonly heads: number;
  readonly headDim: number;
}

/** Keys and values behind those of the positions before. */
export const joined = (past: KeyValue | undefined, [key, value]: KeyValue): KeyValue =>
  past ? [ops.cat([past[0], key], 2), ops.cat([past[1], value], 2)] : [key, value];

/** The tuple of a layer: with what is to be kept, where something was given. */
export const kept = (past: KeyValue | undefined, hidden: Tensor, now: KeyValue | undefined): Kept =>
  past && now ? [hidden, now] : [hidden];

/**
 * The values within attention, to read and to write. Names and forms are TransformerLens's, where they are
 * `hook_q`, …, `hook_attn_scores`, `hook_pattern`, `hook_z`.
 */
export interface PerHead {
  /** Queries, `[batch, position, head, headDim]`, before norms and rotary positions. */
  q: Tensor;
  /** Keys, of as many heads as the model has for them. */
  k: Tensor;
  v: Tensor;
  /** `[batch, head, query, key]`, scaled and masked: -Infinity or the least float where a query may not look. */
  scores: Tensor;
  /** softmax of the scores: each row of keys sums to 1. */
  pattern: Tensor;
  /** What each head takes from the values: `[batch, position, head, headDim]`. */
  z: Tensor;
}

type HeadInput = "q" | "k" | "v";

/** Query, key and value as `[batch, heads, position, headDim]`, which `attend` takes. */
export function splitHeads(
  each: readonly Tensor[],
  counts: readonly [heads: number, keyHeads: number],
  headDim: number,
): [query: Tensor, key: Tensor, value: Tensor] {
  return headsApart(each.map((x, i) => x.unflatten(-1, [counts[Math.min(i, 1)]!, headDim])));
}

/** The same from `[batch, position, heads, headDim]`. */
export function headsApart([query, key, value]: readonly Tensor[]): [Tensor, Tensor, Tensor] {
  const apart = (name: HeadInput, x: Tensor): Tensor => place(`hook_${name}`, x).transpose(1, 2);
  return [apart("q", query!), apart("k", key!), apart("v", value!)];
}

/**
 * softmax(query · keyᵀ · scale + mask) · value, the heads merged again.
 * @param query `[batch, heads, queries, headDim]`
 * @param key,value `[batch, heads / shared, keys, headDim]`
 * @returns `[batch, queries, heads · headDim]`
 */
export function attend(query: Tensor, key: Tensor, value: Tensor, setting: AttentionSetting = {}): Tensor {
  const { mask } = setting;
  const inSteps = (...[q, k, v, m]: Tensor[]): Tensor => attendInSteps(q!, k!, v!, { ...setting, mask: m });
  const atOnce = (...[q, k, v, m]: Tensor[]): Tensor => attendAtOnce(q!, k!, v!, { ...setting, mask: m });
  const z = part(
    "core",
    [query, key, value, ...(mask ? [mask] : [])],
    setting.softcap ? inSteps : atOnce,
    inSteps,
  );
  return place("hook_z", z.transpose(1, 2)).flatten(2, 3);
}

type Core = Omit<AttentionSetting, "mask"> & { readonly mask: Tensor | undefined };

const attendAtOnce = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, causal = false, scale, shared = 1 }: Core,
): Tensor =>
  ops.scaledDotProductAttention(query, key, value, {
    ...(mask ? { attnMask: mask } : { isCausal: causal }),
    ...(scale !== undefined && { scale }),
    enableGqa: shared > 1,
  });

/** With scores and pattern at hand. ONNX's Attention bends scores after the mask, which would let hidden keys in. */
function attendInSteps(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, causal = false, scale, softcap, shared = 1 }: Core,
): Tensor {
  const [keys, values] = [key, value].map((x) => (shared > 1 ? x.repeatInterleave(shared, 1) : x));
  const factor = scale ?? Number(query.type.shape.at(-1)) ** -0.5;
  const plain = query.matmul(keys!.transpose(-1, -2)).mul(factor);
  const bent = softcap ? plain.div(softcap).tanh().mul(softcap) : plain;
  const scores = mask ? bent.add(mask) : causal ? withoutLater(bent) : bent;
  const pattern = place("hook_pattern", place("hook_attn_scores", scores).softmax(-1));
  return pattern.matmul(values!);
}

/** The i-th query sees the first i keys. */
const withoutLater = (scores: Tensor): Tensor =>
  ops.where(ops.onesLike(scores).triu(1).eq(1), Number.NEGATIVE_INFINITY, scores);
