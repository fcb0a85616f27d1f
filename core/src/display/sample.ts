/** The finite values of a tensor, or a fair sample of them where it is large. */
import type { Numbers } from "./numbers.ts";

/** As many values as are sorted in a few hundredths of a second. */
export const SAMPLE = 1 << 17;

export interface Sample {
  readonly values: Float64Array;
  /** Whether these are not all values. */
  readonly approximate: boolean;
}

/**
 * One value out of each of `limit` equal stretches, at a place that wanders, so that no stride falls in step
 * with the columns. The same tensor always gives the same sample.
 */
export function sampleOf(x: Numbers, limit = SAMPLE): Sample {
  const approximate = x.length > limit;
  const count = approximate ? limit : x.length;
  const step = count > 0 ? x.length / count : 0;
  const values = new Float64Array(count);
  let kept = 0;
  let state = 1;
  for (let i = 0; i < count; i++) {
    if (approximate) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = x[approximate ? Math.floor((i + state / 2 ** 32) * step) : i]!;
    if (Number.isFinite(value)) values[kept++] = value;
  }
  return { values: values.subarray(0, kept), approximate };
}

/** The sizes of some values in rising order. */
export const sortedSizes = (values: Float64Array): Float64Array => values.map(Math.abs).sort();

/** The value below which a share of them lies; 0 if there are none. */
export const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
