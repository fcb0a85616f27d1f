/** Up to which probability the bars reach. */

/** The next of 1, 2, 4, 5, 8 times a power of ten, at most 1. */
export function scaleOf(largest: number): number {
  if (!(largest > 0)) return 1;
  const power = Math.floor(Math.log10(largest));
  for (const digit of [1, 2, 4, 5, 8, 10]) {
    const candidate = Number(`${digit}e${power}`);
    if (candidate >= largest) return Math.min(1, candidate);
  }
  return 1;
}
