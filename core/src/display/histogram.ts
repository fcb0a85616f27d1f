/** How many values fall on each stretch of the colour bar. */
import type { ColourRange } from "./range.ts";

export const BINS = 64;

/** What lies beyond the range is counted at its end. */
export function histogramOf(
  values: Float64Array,
  { lo, hi }: Pick<ColourRange, "lo" | "hi">,
  count = BINS,
): number[] {
  const bins = new Array<number>(count).fill(0);
  const scale = count / (hi - lo);
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor((values[i]! - lo) * scale);
    bins[at > 0 ? Math.min(at, count - 1) : 0]!++;
  }
  return bins;
}
