/** What is said of all values of a tensor in one line. */
import { stripReader, WIDEST } from "./live/strip.ts";
import { type Numbers, rounded } from "./numbers.ts";
import { quantile, type Sample, sortedSizes } from "./sample.ts";
import { Seen } from "./seen.ts";

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

/** Of values and a sample of them, which the quantiles come from; `seen` where they have been gone through already. */
export function statisticsOf(
  x: Numbers,
  { values, approximate }: Sample,
  seen = seenOf(x, shiftOf(values)),
): Statistics {
  const { shift, min, max, sum, squares, zero, nan, positiveInfinity, negativeInfinity } = seen;
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

/** Some value that is there. */
export const shiftOf = (sample: Float64Array): number => sample[0] ?? 0;

/** Values in strips of eight lines, and one by one what is behind them. */
function seenOf(x: Numbers, shift: number): Seen {
  const seen = new Seen(shift);
  const reader = x.length >= MANY ? stripReader(x) : undefined;
  let at = 0;
  for (; reader && at + 8 * WIDEST <= x.length; at += 8 * WIDEST) reader.read(x, at, WIDEST, WIDEST, seen);
  seen.addAll(x, at, x.length);
  return seen;
}

/** With fewer values it is not worth while to make code for them. */
const MANY = 1 << 18;
