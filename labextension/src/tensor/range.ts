/** The values that the ends of the palette stand for, in each of the ways a reader may choose. */
import type { ColourRange, TensorPayload } from "nnsight-ts/display";
import type { RangeMode } from "../settings.ts";

/** `robust` as the kernel has chosen for the whole tensor, `full` to its extremes, `view` robust over some cells. */
export function rangeOf(
  mode: RangeMode,
  { range, statistics, dtype }: TensorPayload,
  cells: ArrayLike<number>,
): ColourRange {
  if (dtype === "bool" || mode === "robust") return range;
  const { min, max } = statistics;
  if (mode === "full") return reaching(Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0)), range.palette);
  const sizes = Float64Array.from(cells, Math.abs).filter(Number.isFinite).sort();
  const usual = 2 * (sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * 0.99))] ?? 0);
  const extreme = sizes.at(-1) ?? 0;
  return reaching(usual > 0 ? Math.min(usual, extreme) : extreme, range.palette);
}

const reaching = (size: number, palette: ColourRange["palette"]): ColourRange => {
  const hi = roundedUp(size);
  return { lo: palette === "diverging" ? -hi : 0, hi, palette };
};

/** The next of 1, 2, 4, 5, 8 times a power of ten; 1 for zero. */
export function roundedUp(x: number): number {
  if (x === 0) return 1;
  const exponent = Math.floor(Math.log10(x));
  for (const power of [exponent, exponent + 1]) {
    for (const digit of [1, 2, 4, 5, 8]) {
      const candidate = Number(`${digit}e${power}`);
      if (candidate >= x && candidate > 0) return Math.min(candidate, Number.MAX_VALUE);
    }
  }
  return x;
}
