/** The values that the ends of the palette stand for. */
import type { Statistics } from "./statistics.ts";

export interface ColourRange {
  readonly lo: number;
  readonly hi: number;
  /** Signed values take two colours that meet at zero, values from zero up one. */
  readonly palette: "diverging" | "sequential";
}

/**
 * Reaches to twice the 99th percentile of |x|, so that a few outliers do not wash the rest out, or to the true extreme
 * if that is nearer; rounded up to a number that reads well on an axis.
 */
export function colourRange({ min, max, p99Size }: Statistics): ColourRange {
  const extreme = Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0));
  const usual = 2 * (p99Size ?? 0);
  const hi = roundedUp(usual > 0 ? Math.min(usual, extreme) : extreme);
  return (min ?? 0) < 0 ? { lo: -hi, hi, palette: "diverging" } : { lo: 0, hi, palette: "sequential" };
}

/** Of bool: true takes a colour short of the darkest. */
export const truthRange: ColourRange = { lo: 0, hi: 1.5, palette: "sequential" };

/** The next of 1, 2, 4, 5, 8 times a power of ten; 1 for zero. */
export function roundedUp(x: number): number {
  if (x === 0) return 1;
  const exponent = Math.floor(Math.log10(x));
  for (const power of [exponent, exponent + 1]) {
    for (const digit of [1, 2, 4, 5, 8]) {
      const candidate = Number(`${digit}e${power}`); // read from text, it is the nearest number to what is printed
      if (candidate >= x && candidate > 0) return Math.min(candidate, Number.MAX_VALUE);
    }
  }
  return x;
}
