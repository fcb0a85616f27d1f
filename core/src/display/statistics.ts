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
  const shift = values[0] ?? 0; // sums of differences keep their digits where the mean is far from zero
  const seen = new Seen(shift);
  for (let i = 0; i < x.length; i += STRETCH) {
    const end = Math.min(x.length, i + STRETCH);
    if (!seen.addFinite(x, i, end)) seen.add(x, i, end);
  }
  const { min, max, sum, squares, zero, nan, positiveInfinity, negativeInfinity } = seen;
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

/** A loop over so many values is compiled once and stays fast; over all of a large tensor it is not. */
const STRETCH = 1 << 14;

/** What the values so far have told. */
class Seen {
  min = Infinity;
  max = -Infinity;
  sum = 0;
  squares = 0;
  zero = 0;
  nan = 0;
  positiveInfinity = 0;
  negativeInfinity = 0;

  constructor(private readonly shift: number) {}

  /** Two at a time, which takes half as long; false, and nothing is added, where some are not finite. */
  addFinite(x: Numbers, start: number, end: number): boolean {
    const { shift } = this;
    let min = this.min;
    let max = this.max;
    let sum = 0;
    let squares = 0;
    let zero = 0;
    const last = end - ((end - start) & 1);
    for (let i = start; i < last; i += 2) {
      const a = x[i]!;
      const b = x[i + 1]!;
      if (a === 0) zero++;
      if (b === 0) zero++;
      if (a < min) min = a;
      if (b < min) min = b;
      if (a > max) max = a;
      if (b > max) max = b;
      const p = a - shift;
      const q = b - shift;
      sum += p + q;
      squares += p * p + q * q;
    }
    if (!Number.isFinite(sum)) return false;
    this.min = min;
    this.max = max;
    this.sum += sum;
    this.squares += squares;
    this.zero += zero;
    if (last < end) this.add(x, last, end);
    return true;
  }

  add(x: Numbers, start: number, end: number): void {
    const { shift } = this;
    let min = this.min;
    let max = this.max;
    let sum = 0;
    let squares = 0;
    let zero = 0;
    for (let i = start; i < end; i++) {
      const value = x[i]!;
      if (value - value !== 0) {
        this.#odd(value);
        continue;
      }
      const difference = value - shift;
      if (value === 0) zero++;
      if (value < min) min = value;
      if (value > max) max = value;
      sum += difference;
      squares += difference * difference;
    }
    this.min = min;
    this.max = max;
    this.sum += sum;
    this.squares += squares;
    this.zero += zero;
  }

  #odd(value: number): void {
    if (value > 0) this.positiveInfinity++;
    else if (value < 0) this.negativeInfinity++;
    else this.nan++;
  }
}
