/** Which places along an axis get a label. */

/** The smallest of 1, 2, 5 times a power of ten that is no less than `least`. */
export function decimalStep(least: number): number {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) if (digit * power >= least) return digit * power;
  }
}

/** The smallest 64 times a power of two that is no less than `least`: how features are counted. */
export function binaryStep(least: number): number {
  let step = 64;
  while (step < least) step *= 2;
  return step;
}

/** The multiples of a step below a size; with `ends` also the last index, and none too near to it. */
export function places(size: number, step: number, ends: boolean): number[] {
  const all: number[] = [];
  for (let at = 0; at < size; at += step) all.push(at);
  if (ends && size > 1 && all.at(-1) !== size - 1) all.push(size - 1);
  return all;
}
