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

/** The multiples of a step within so many indices from a first one. */
export function placesIn(first: number, count: number, step: number): number[] {
  const all: number[] = [];
  for (let at = Math.ceil(first / step) * step; at < first + count; at += step) all.push(at);
  return all;
}

/** As `placesIn`, with the first and the last index in any case. */
export function endsAndPlaces(first: number, count: number, step: number): number[] {
  const last = first + count - 1;
  return [...new Set([first, ...placesIn(first, count, step), last])];
}
