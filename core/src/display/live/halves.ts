/// <reference lib="es2025.float16" />
/** float16 numbers by their bits: as whole numbers their sizes compare without a branch at each, values and squares are looked up. */
import type { Plane, Rect } from "./plane.ts";
import type { Pool } from "./reduce.ts";

/** Infinity, without the sign; beyond these bits a number is missing. */
const INFINITE = 0x7c00;

interface Tables {
  /** The number of these bits. */
  readonly values: Float32Array;
  /** Its square, exact as 11 digits squared are 22; 0 for what is not finite. */
  readonly squares: Float32Array;
}

let known: Tables | undefined;

function tables(): Tables {
  if (known) return known;
  const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
  const values = Float32Array.from(new Float16Array(bits.buffer));
  return (known = { values, squares: values.map((x) => (Number.isFinite(x) ? x * x : 0)) });
}

const wordsOf = (values: Float16Array): Uint16Array =>
  new Uint16Array(values.buffer, values.byteOffset, values.length);

/** What `squaresPerRow` gives, without making a number of each. */
export function squaresOfHalves(
  values: Float16Array,
  { start, rowStride, colStride }: Omit<Plane, "values">,
  rect: Rect,
  down: number,
): Float64Array {
  const words = wordsOf(values);
  const { squares } = tables();
  const sums = new Float64Array(2 * Math.ceil(rect.rows / down));
  for (let row = 0; row < rect.rows; row++) {
    let at = start + (rect.row + row) * rowStride + rect.col * colStride;
    let sum = 0;
    let finite = 0;
    for (let col = 0; col < rect.cols; col++, at += colStride) {
      const word = words[at]!;
      sum += squares[word]!;
      finite -= ((word & 0x7fff) - INFINITE) >> 31;
    }
    const cell = 2 * Math.floor(row / down);
    sums[cell]! += sum;
    sums[cell + 1]! += finite;
  }
  return sums;
}

/** Puts the number of largest size, with its sign, into each cell; false where a number is missing. */
export function largestHalves(
  cells: Float64Array,
  halves: Float16Array,
  { start, rowStride, colStride }: Omit<Plane, "values">,
  rect: Rect,
  [down, across]: Pool,
): boolean {
  const words = wordsOf(halves);
  const { values } = tables();
  /** The largest of each column so far: the bits with the sign as the last one. */
  const line = new Int32Array(rect.cols);
  for (let top = 0, cell = 0; top < rect.rows; top += down) {
    line.fill(0);
    for (let row = top; row < Math.min(rect.rows, top + down); row++) {
      let at = start + (rect.row + row) * rowStride + rect.col * colStride;
      for (let col = 0; col < line.length; col++, at += colStride) {
        const word = words[at]!;
        const most = line[col]!;
        const more = ((word << 1) & 0xfffe) + (word >> 15) - most;
        line[col] = most + (more & ~(more >> 31));
      }
    }
    for (let col = 0; col < line.length; cell++) {
      let most = 0;
      for (const end = Math.min(line.length, col + across); col < end; col++) {
        const more = line[col]! - most;
        most += more & ~(more >> 31);
      }
      if (most >> 1 > INFINITE) return false;
      cells[cell] = values[(most >> 1) | ((most & 1) << 15)]!;
    }
  }
  return true;
}
