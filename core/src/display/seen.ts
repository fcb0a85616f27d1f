/** What is told of many values by going through them once: extremes, sums, how many are zero, missing or infinite. */
import type { Numbers } from "./numbers.ts";

/** A loop over so many values is compiled once and stays fast; over all of a large tensor it is not. */
const STRETCH = 1 << 14;

/** What the values so far have told. Sums are of differences from `shift`: they keep their digits where the mean is far from zero. */
export class Seen {
  min = Infinity;
  max = -Infinity;
  sum = 0;
  squares = 0;
  zero = 0;
  nan = 0;
  positiveInfinity = 0;
  negativeInfinity = 0;

  constructor(readonly shift: number) {}

  addAll(x: Numbers, start: number, end: number): void {
    for (let i = start; i < end; i += STRETCH) {
      const last = Math.min(end, i + STRETCH);
      if (!this.#addFinite(x, i, last)) this.add(x, i, last);
    }
  }

  addSums(sum: number, squares: number): void {
    this.sum += sum;
    this.squares += squares;
  }

  reach(min: number, max: number): void {
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }

  /** Two at a time, which takes half as long; false, and nothing is added, where some are not finite. */
  #addFinite(x: Numbers, start: number, end: number): boolean {
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
    this.reach(min, max);
    this.addSums(sum, squares);
    this.zero += zero;
    if (last < end) this.add(x, last, end);
    return true;
  }

  /** Few values, or some that are not finite. */
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
    this.reach(min, max);
    this.addSums(sum, squares);
    this.zero += zero;
  }

  #odd(value: number): void {
    if (value > 0) this.positiveInfinity++;
    else if (value < 0) this.negativeInfinity++;
    else this.nan++;
  }
}
