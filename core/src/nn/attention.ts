/** Attention: what each query takes from the keys it may see. The one place of it for every architecture. */
import { ops } from "../trace/functions.ts";
import type { Tensor } from "../trace/tensor.ts";

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

/** `[batch, position, heads · headDim]` → `[batch, heads, position, headDim]`. */
export const splitHeads = (x: Tensor, heads: number, headDim: number): Tensor =>
  x.unflatten(-1, [heads, headDim]).transpose(1, 2);

/** `[batch, heads, position, headDim]` → `[batch, position, heads · headDim]`. */
export const mergeHeads = (x: Tensor): Tensor => x.transpose(1, 2).flatten(2, 3);

/**
 * softmax(query · keyᵀ · scale + mask) · value, the heads merged again.
 * @param query `[batch, heads, queries, headDim]`
 * @param key,value `[batch, heads / shared, keys, headDim]`
 * @returns `[batch, queries, heads · headDim]`
 */
export function attend(query: Tensor, key: Tensor, value: Tensor, setting: AttentionSetting = {}): Tensor {
  const { mask, causal = false, scale, softcap, shared = 1 } = setting;
  if (softcap) return mergeHeads(attendCapped(query, key, value, { ...setting, softcap }));
  return mergeHeads(
    ops.scaledDotProductAttention(query, key, value, {
      ...(mask ? { attnMask: mask } : { isCausal: causal }),
      ...(scale !== undefined && { scale }),
      enableGqa: shared > 1,
    }),
  );
}

/** Step by step, as ONNX's Attention bends scores after the mask, which would let hidden keys in. */
function attendCapped(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, scale = 1, softcap, shared = 1 }: AttentionSetting & { softcap: number },
): Tensor {
  const [keys, values] = [key, value].map((x) => (shared > 1 ? x.repeatInterleave(shared, 1) : x));
  const scores = query.matmul(keys!.transpose(-1, -2)).mul(scale).div(softcap).tanh().mul(softcap);
  return (mask ? scores.add(mask) : scores).softmax(-1).matmul(values!);
}
