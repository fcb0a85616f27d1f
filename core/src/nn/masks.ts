/** Masks of attention: 0 where a query may look, the least float32 where it may not. */
import { ops } from "../trace/functions.ts";
import type { Tensor } from "../trace/tensor.ts";

const HIDDEN = -3.4028234663852886e38;

export interface CausalMask {
  /** 0 at padding: int64 `[batch, key]`. */
  readonly keep?: Tensor | undefined;
  /** A query sees so many positions, its own among them. */
  readonly window?: number | undefined;
  /** The keys are those of `keep`, of which the positions are the last ones: in generation. */
  readonly past?: boolean;
}

/**
 * Hides padding, and of each query what comes later or is further back than the window.
 * @param positions int64 `[batch, position]`, counted without the padding
 * @returns `[batch, 1, position, key]`
 */
export function causalMask(positions: Tensor, { keep, window, past }: CausalMask): Tensor {
  const keys = past && keep ? keep.cumsum(-1).sub(1) : positions;
  const [query, key] = [positions.unsqueeze(-1), keys.unsqueeze(-2)];
  const before = key.le(query);
  const near = window === undefined ? before : before.logicalAnd(query.sub(key).lt(window));
  const visible = keep ? near.logicalAnd(keep.ne(0).unsqueeze(-2)) : near;
  return ops.where(visible, 0, HIDDEN).unsqueeze(1);
}

/**
 * Hides padding from every query.
 * @param keep 0 at padding: int64 `[batch, key]`
 * @param queries int64 `[batch, query]`, for its size alone
 * @returns `[batch, 1, query, key]`
 */
export const paddingMask = (keep: Tensor, queries: Tensor): Tensor =>
  ops.where(keep.ne(0).unsqueeze(-2).logicalAnd(queries.eq(queries).unsqueeze(-1)), 0, HIDDEN).unsqueeze(1);
