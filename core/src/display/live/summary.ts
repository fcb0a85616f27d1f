/** A large plane made small once, so that no look at it from afar reads all of its values again. */
import type { Numbers } from "../numbers.ts";
import { Seen } from "../seen.ts";
import { type Plane, planeOfMatrix, type Rect } from "./plane.ts";
import { added, extremes, type Pool, type Reduction, reduce } from "./reduce.ts";
import { type StripReader, stripReader, WIDEST } from "./strip.ts";

/** How many rows and columns of the plane are in a block. */
export const BLOCK: Pool = [8, 4];

/** Blocks of blocks, for looks from farther away. */
export const COARSE: Pool = [32, 8];

/** Planes of this many values and fewer are read as they are. */
const FEWEST_VALUES = 1 << 25;

type Floats = Float32Array | Float64Array;
type Counts = Uint8Array | Float64Array;

/** What is known of blocks of one size. */
export interface Blocks {
  /** How many rows and columns of the plane are in one. */
  readonly block: Pool;
  readonly rows: number;
  readonly cols: number;
  readonly min: Floats;
  readonly max: Floats;
  /** Of the values that are not missing, and how many they are. */
  readonly sum: Floats;
  readonly count: Counts;
  /** Of the finite values, and how many they are. */
  readonly squares: Floats;
  readonly finite: Counts;
}

/** Whether a plane is made small first. */
export const isLarge = ({ rows, cols }: { readonly rows: number; readonly cols: number }): boolean =>
  rows * cols > FEWEST_VALUES;

/** Whether blocks can stand for the values under these cells. */
export const isSummed = (plane: Plane, rect: Rect, pool: Pool): boolean =>
  isLarge(plane) && isMadeOf(BLOCK, plane, rect, pool);

/** Whether cells are made of whole blocks. */
const isMadeOf = ([down, across]: Pool, plane: Plane, rect: Rect, pool: Pool): boolean =>
  [pool[0] % down, pool[1] % across, rect.row % down, rect.col % across].every((rest) => rest === 0) &&
  ends(rect.row + rect.rows, down, plane.rows) &&
  ends(rect.col + rect.cols, across, plane.cols);

const ends = (end: number, block: number, whole: number): boolean => end === whole || end % block === 0;

/** The blocks that were made last; a tensor is looked at many times in a row. */
let last: Made | undefined;

interface Made {
  readonly buffer: WeakRef<object>;
  readonly of: string;
  readonly fine: Blocks;
  readonly coarse: Blocks;
}

/** The largest blocks that the cells are made of. */
export function blocksFor(plane: Plane, rect: Rect, pool: Pool): Blocks {
  const { fine, coarse } = blocksOf(plane);
  return isMadeOf(COARSE, plane, rect, pool) ? coarse : fine;
}

/** The blocks of a plane, made now or lately. */
function blocksOf(plane: Plane): Made {
  return last?.of === nameOf(plane) && last.buffer.deref() === plane.values.buffer ? last : makeBlocks(plane);
}

/** Goes through all values of a plane once, for all looks at it from afar; `seen` is told them. */
export function makeBlocks(plane: Plane, seen?: Seen): Made {
  const fine = summarise(plane, seen);
  last = { buffer: new WeakRef(plane.values.buffer), of: nameOf(plane), fine, coarse: coarser(fine) };
  return last;
}

const nameOf = ({ values, start, rows, cols, rowStride, colStride }: Plane): string =>
  [values.byteOffset / values.BYTES_PER_ELEMENT + start, rows, cols, rowStride, colStride].join();

/** `seen` is told all values of the plane, row by row without gaps between its columns. */
export function summarise(plane: Plane, seen?: Seen): Blocks {
  const [down, across] = BLOCK;
  const { values, rowStride, colStride } = plane;
  const reader = colStride === 1 ? stripReader(values) : undefined;
  const summary = emptyBlocks(plane);
  const { rows, cols } = summary;
  for (let row = 0; row < rows; row++) {
    const start = plane.start + row * down * rowStride;
    const isWhole = (row + 1) * down <= plane.rows;
    const read = isWhole && reader ? readBlocks(reader, summary, row * cols, plane, start, seen) : 0;
    const done = isWhole && !reader ? wholeBlocks(summary, row * cols, plane, start) : read;
    for (let col = 0; col < cols; col++) {
      const at = row * cols + col;
      if (col >= done || summary.count[at] === 0) readBlock(summary, at, plane, row * down, col * across);
    }
    const end = Math.min(plane.rows - row * down, down);
    for (let r = 0, at = start; r < end && read * across < plane.cols; r++, at += rowStride)
      seen?.addAll(values, at + read * across, at + plane.cols);
  }
  return summary;
}

function emptyBlocks(plane: Plane): Blocks {
  const [rows, cols] = [Math.ceil(plane.rows / BLOCK[0]), Math.ceil(plane.cols / BLOCK[1])];
  const room = (): Floats =>
    plane.values instanceof Float64Array ? new Float64Array(rows * cols) : new Float32Array(rows * cols);
  return {
    block: BLOCK,
    rows,
    cols,
    min: room(),
    max: room(),
    sum: room(),
    squares: room(),
    count: new Uint8Array(rows * cols),
    finite: new Uint8Array(rows * cols),
  };
}

/** A line of blocks, but for those at the edge and those with values that are not finite; how many blocks it went through. */
function readBlocks(
  reader: StripReader,
  { min, max, sum, squares, count, finite }: Blocks,
  first: number,
  { values, cols, rowStride }: Plane,
  start: number,
  seen = new Seen(0),
): number {
  const [down, across] = BLOCK;
  const blocks = Math.floor(cols / across);
  const most = WIDEST / across;
  for (let block = 0; block < blocks; block += most) {
    const wide = Math.min(most, blocks - block);
    const line = reader.read(values, start + block * across, rowStride, wide * across, seen);
    const at = first + block;
    min.set(line.min, at);
    max.set(line.max, at);
    sum.set(line.sum, at);
    squares.set(line.squares, at);
    count.fill(down * across, at, at + wide);
    finite.fill(down * across, at, at + wide);
    for (let i = at; line.odd > 0 && i < at + wide; i++) if (Number.isNaN(min[i]!)) count[i] = 0;
  }
  return blocks;
}

/**
 * A line of blocks of 8 by 4, of which those with a value that is not finite are left; how many blocks it went
 * through. Written out: this loop sees every value of the largest tensors.
 */
function wholeBlocks(
  { min, max, sum, squares, count, finite }: Blocks,
  first: number,
  { values, cols, rowStride, colStride }: Plane,
  start: number,
): number {
  const [down, across] = BLOCK;
  const blocks = Math.floor(cols / across);
  for (let block = 0, from = start; block < blocks; block++, from += across * colStride) {
    let low = Infinity;
    let high = -Infinity;
    let total = 0;
    let square = 0;
    for (let row = 0, i = from; row < down; row++, i += rowStride) {
      const a = values[i]!;
      const b = values[i + colStride]!;
      const c = values[i + 2 * colStride]!;
      const d = values[i + 3 * colStride]!;
      total += a + b + (c + d);
      square += a * a + b * b + (c * c + d * d);
      if (a < low) low = a;
      if (b < low) low = b;
      if (c < low) low = c;
      if (d < low) low = d;
      if (a > high) high = a;
      if (b > high) high = b;
      if (c > high) high = c;
      if (d > high) high = d;
    }
    if (total - total !== 0) continue;
    const at = first + block;
    min[at] = low;
    max[at] = high;
    sum[at] = total;
    squares[at] = square;
    count[at] = down * across;
    finite[at] = down * across;
  }
  return blocks;
}

/** One block at the edge, or with values that are missing or infinite. */
function readBlock(summary: Blocks, at: number, plane: Plane, row: number, col: number): void {
  const { values, start, rowStride, colStride } = plane;
  let low = Number.NaN;
  let high = Number.NaN;
  let [sum, squares, count, finite] = [0, 0, 0, 0];
  for (let r = row; r < Math.min(plane.rows, row + BLOCK[0]); r++) {
    for (let c = col; c < Math.min(plane.cols, col + BLOCK[1]); c++) {
      const value = values[start + r * rowStride + c * colStride]!;
      if (Number.isNaN(value)) continue;
      if (!(value >= low)) low = value;
      if (!(value <= high)) high = value;
      sum += value;
      count++;
      if (!Number.isFinite(value)) continue;
      squares += value * value;
      finite++;
    }
  }
  summary.min[at] = low;
  summary.max[at] = high;
  summary.sum[at] = sum;
  summary.squares[at] = squares;
  summary.count[at] = count;
  summary.finite[at] = finite;
}

/** Blocks of blocks. Sums and counts are for means alone, and made when one is asked for. */
export function coarser(fine: Blocks): Blocks {
  const pool: Pool = [COARSE[0] / BLOCK[0], COARSE[1] / BLOCK[1]];
  const { rows, cols } = fine;
  const all = { row: 0, col: 0, rows, cols };
  const of = (values: Numbers) => planeOfMatrix(values, rows, cols);
  const sums = (values: Numbers) => added(of(values), all, pool);
  let sum: Float64Array | undefined;
  let count: Float64Array | undefined;
  return {
    block: COARSE,
    rows: Math.ceil(rows / pool[0]),
    cols: Math.ceil(cols / pool[1]),
    min: inKindOf(fine.min, reduce(of(fine.min), all, pool, "min")),
    max: inKindOf(fine.max, reduce(of(fine.max), all, pool, "max")),
    get sum() {
      return (sum ??= sums(fine.sum));
    },
    get count() {
      return (count ??= sums(fine.count));
    },
    squares: sums(fine.squares),
    finite: sums(fine.finite),
  };
}

/** In the kind of array of others. */
const inKindOf = (others: Floats, values: Float64Array): Floats =>
  others instanceof Float32Array ? Float32Array.from(values) : values;

/** As `reduce`, from blocks. */
export function reduceBlocks(all: Blocks, rect: Rect, pool: Pool, how: Reduction): Float64Array {
  const { block } = all;
  const [blocks, cells] = [inBlocks(rect, block), [pool[0] / block[0], pool[1] / block[1]] as const];
  const [lows, highs] = [planeOf(all, all.min), planeOf(all, all.max)];
  if (how === "min") return reduce(lows, blocks, cells, "min");
  if (how === "max") return reduce(highs, blocks, cells, "max");
  if (how === "absmax") return extremes([lows, highs], blocks, cells, "absmax");
  const [totals, counts] = [all.sum, all.count].map((values) =>
    added(planeOf(all, values), blocks, cells),
  ) as [Float64Array, Float64Array];
  return totals.map((total, i) => total / counts[i]!);
}

/** As `squaresPerRow`, from blocks. */
export function squaresOfBlocks(all: Blocks, rect: Rect, down: number): Float64Array {
  const blocks = inBlocks(rect, all.block);
  const perRow = down / all.block[0];
  const sums = new Float64Array(2 * Math.ceil(blocks.rows / perRow));
  for (let row = 0; row < blocks.rows; row++) {
    const at = 2 * Math.floor(row / perRow);
    const start = (blocks.row + row) * all.cols + blocks.col;
    sums[at]! += sumOf(all.squares, start, start + blocks.cols);
    sums[at + 1]! += countOf(all.finite, start, start + blocks.cols);
  }
  return sums;
}

function sumOf(values: Floats, start: number, end: number): number {
  let [even, odd] = [0, 0];
  const last = end - ((end - start) & 1);
  for (let i = start; i < last; i += 2) {
    even += values[i]!;
    odd += values[i + 1]!;
  }
  return even + odd + (last < end ? values[last]! : 0);
}

/** Apart, so that each of the two loops has arrays of one kind. */
function countOf(counts: Counts, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) count += counts[i]!;
  return count;
}

const planeOf = ({ rows, cols }: Blocks, values: Numbers): Plane => planeOfMatrix(values, rows, cols);

const inBlocks = ({ row, col, rows, cols }: Rect, [down, across]: Pool): Rect => ({
  row: row / down,
  col: col / across,
  rows: Math.ceil(rows / down),
  cols: Math.ceil(cols / across),
});
