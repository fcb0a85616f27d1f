/** What is said of all values of a tensor in one line. */
import { type Numbers, rounded } from "./numbers.ts";
import { quantile, type Sample, sortedSizes } from "./sample.ts";

/** Of the finite values; `null` where there is none to speak of. */
export interface Statistics {
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** With n - 1 below the line, as torch has it. */
  readonly std: number | null;
  readonly medianSize: number | null;
  readonly p99Size: number | null;
  readonly zero: number;
  readonly nan: number;
  readonly positiveInfinity: number;
  readonly negativeInfinity: number;
  /** Whether median, p99 and histogram come from a sample. */
  readonly approximate: boolean;
}

/** One pass over the values, and the quantiles of a sample of them. */
export function statisticsOf(x: Numbers, { values, approximate }: Sample): Statistics {
  let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
  let [zero, nan, positiveInfinity, negativeInfinity] = [0, 0, 0, 0];
  const shift = values[0] ?? 0; // sums of differences keep their digits where the mean is far from zero
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value - value !== 0) {
      if (value > 0) positiveInfinity++;
      else if (value < 0) negativeInfinity++;
      else nan++;
      continue;
    }
    if (value === 0) zero++;
    if (value < min) min = value;
    if (value > max) max = value;
    const difference = value - shift;
    sum += difference;
    squares += difference * difference;
  }
  const n = x.length - nan - positiveInfinity - negativeInfinity;
  const sizes = sortedSizes(values);
  const variance = Math.max(0, squares - (sum * sum) / n) / (n - 1);
  return {
    count: x.length,
    min: n > 0 ? min + 0 : null, // + 0 makes 0 of -0, which JSON does not keep
    max: n > 0 ? max + 0 : null,
    mean: n > 0 ? rounded(shift + sum / n, 7) : null,
    std: n > 1 && Number.isFinite(variance) ? rounded(Math.sqrt(variance), 7) : null,
    medianSize: sizes.length > 0 ? quantile(sizes, 0.5) : null,
    p99Size: sizes.length > 0 ? quantile(sizes, 0.99) : null,
    zero,
    nan,
    positiveInfinity,
    negativeInfinity,
    approximate,
  };
}
