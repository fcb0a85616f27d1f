/** A large plane made small once, so that no look at it from afar reads all of its values again. */
import type { Numbers } from "../numbers.ts";
import { type Plane, planeOfMatrix, type Rect } from "./plane.ts";
import { type Pool, type Reduction, reduce } from "./reduce.ts";

/** How many rows and columns of the plane are in a block. */
export const BLOCK: Pool = [8, 4];

/** Blocks of blocks, for looks from farther away. */
export const COARSE: Pool = [32, 8];

/** Planes of this many values and fewer are read as they are. */
const FEWEST_VALUES = 1 << 25;

type Blocks = Float32Array | Float64Array;
type Counts = Uint8Array | Float64Array;

/** What is known of each block. */
export interface Summary {
  /** How many rows and columns of the plane are in one. */
  readonly block: Pool;
  readonly rows: number;
  readonly cols: number;
  readonly min: Blocks;
  readonly max: Blocks;
  /** Of the values that are not missing, and how many they are. */
  readonly sum: Blocks;
  readonly count: Counts;
  /** Of the finite values. */
  readonly squares: Blocks;
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
  readonly fine: Summary;
  readonly coarse: Summary;
}

/** The largest blocks that the cells are made of. */
export function blocksFor(plane: Plane, rect: Rect, pool: Pool): Summary {
  const { fine, coarse } = blocksOf(plane);
  return isMadeOf(COARSE, plane, rect, pool) ? coarse : fine;
}

/** The blocks of a plane, made now or lately. */
function blocksOf(plane: Plane): Made {
  const { values, start, rows, cols, rowStride, colStride } = plane;
  const of = [values.byteOffset / values.BYTES_PER_ELEMENT + start, rows, cols, rowStride, colStride].join();
  if (last?.of === of && last.buffer.deref() === values.buffer) return last;
  const fine = summarise(plane);
  last = { buffer: new WeakRef(values.buffer), of, fine, coarse: coarser(fine) };
  return last;
}

export function summarise(plane: Plane): Summary {
  const [down, across] = BLOCK;
  const summary = emptySummary(plane);
  const { rows, cols } = summary;
  for (let row = 0; row < rows; row++) {
    const start = plane.start + row * down * plane.rowStride;
    const isWhole = (row + 1) * down <= plane.rows;
    const done = isWhole ? wholeBlocks(summary, row * cols, plane, start) : 0;
    for (let col = 0; col < cols; col++) {
      const at = row * cols + col;
      if (col >= done || summary.count[at] === 0) readBlock(summary, at, plane, row * down, col * across);
    }
  }
  return summary;
}

function emptySummary(plane: Plane): Summary {
  const [rows, cols] = [Math.ceil(plane.rows / BLOCK[0]), Math.ceil(plane.cols / BLOCK[1])];
  const room = (): Blocks =>
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

/**
 * A line of blocks of 8 by 4, of which those with a value that is not finite are left; how many blocks it went
 * through. Written out: this loop sees every value of the largest tensors.
 */
function wholeBlocks(
  { min, max, sum, squares, count, finite }: Summary,
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
function readBlock(summary: Summary, at: number, plane: Plane, row: number, col: number): void {
  const { values, start, rowStride, colStride } = plane;
  let low = Number.NaN;
  let high = Number.NaN;
  for (let r = row; r < Math.min(plane.rows, row + BLOCK[0]); r++) {
    for (let c = col; c < Math.min(plane.cols, col + BLOCK[1]); c++) {
      const value = values[start + r * rowStride + c * colStride]!;
      if (Number.isNaN(value)) continue;
      if (!(value >= low)) low = value;
      if (!(value <= high)) high = value;
      summary.sum[at]! += value;
      summary.count[at]!++;
      if (!Number.isFinite(value)) continue;
      summary.squares[at]! += value * value;
      summary.finite[at]!++;
    }
  }
  summary.min[at] = low;
  summary.max[at] = high;
}

/** Blocks of blocks. */
export function coarser(fine: Summary): Summary {
  const [down, across] = [COARSE[0] / BLOCK[0], COARSE[1] / BLOCK[1]];
  const [rows, cols] = [Math.ceil(fine.rows / down), Math.ceil(fine.cols / across)];
  const room = () => new Float64Array(rows * cols);
  const coarse = { min: room(), max: room(), sum: room(), squares: room(), count: room(), finite: room() };
  for (let at = 0; at < rows * cols; at++) {
    const [top, left] = [Math.floor(at / cols) * down, (at % cols) * across];
    fold(coarse, at, fine, top, left, Math.min(fine.rows, top + down), Math.min(fine.cols, left + across));
  }
  return { block: COARSE, rows, cols, ...coarse };
}

function fold(
  { min, max, sum, squares, count, finite }: Omit<Summary, "block" | "rows" | "cols">,
  at: number,
  fine: Summary,
  top: number,
  left: number,
  bottom: number,
  right: number,
): void {
  let low = Number.NaN;
  let high = Number.NaN;
  for (let row = top; row < bottom; row++) {
    for (let i = row * fine.cols + left; i < row * fine.cols + right; i++) {
      const least = fine.min[i]!;
      const most = fine.max[i]!;
      if (least < low || Number.isNaN(low)) low = least;
      if (most > high || Number.isNaN(high)) high = most;
      sum[at]! += fine.sum[i]!;
      squares[at]! += fine.squares[i]!;
      count[at]! += fine.count[i]!;
      finite[at]! += fine.finite[i]!;
    }
  }
  min[at] = low;
  max[at] = high;
}

/** As `reduce`, from blocks. */
export function reduceBlocks(summary: Summary, rect: Rect, pool: Pool, how: Reduction): Float64Array {
  const { block, min, max, sum, count } = summary;
  const [blocks, cells] = [inBlocks(rect, block), [pool[0] / block[0], pool[1] / block[1]] as const];
  const of = (values: Numbers, kept: Reduction) => reduce(planeOf(summary, values), blocks, cells, kept);
  if (how === "min") return of(min, "min");
  if (how === "max") return of(max, "max");
  if (how === "absmax") {
    const [low, high] = [of(min, "min"), of(max, "max")];
    return low.map((value, i) => (Math.abs(value) > Math.abs(high[i]!) ? value : high[i]!));
  }
  // Means of blocks over the same cells: their quotient is that of the sums.
  const [totals, counts] = [of(sum, "mean"), of(count, "mean")];
  return totals.map((total, i) => total / counts[i]!);
}

/** As `squaresPerRow`, from blocks. */
export function squaresOfBlocks(summary: Summary, rect: Rect, down: number): Float64Array {
  const blocks = inBlocks(rect, summary.block);
  const perRow = down / summary.block[0];
  const sums = new Float64Array(2 * Math.ceil(blocks.rows / perRow));
  for (let row = 0; row < blocks.rows; row++) {
    const at = 2 * Math.floor(row / perRow);
    const start = (blocks.row + row) * summary.cols + blocks.col;
    for (let i = start; i < start + blocks.cols; i++) {
      sums[at]! += summary.squares[i]!;
      sums[at + 1]! += summary.finite[i]!;
    }
  }
  return sums;
}

const planeOf = ({ rows, cols }: Summary, values: Numbers): Plane => planeOfMatrix(values, rows, cols);

const inBlocks = ({ row, col, rows, cols }: Rect, [down, across]: Pool): Rect => ({
  row: row / down,
  col: col / across,
  rows: Math.ceil(rows / down),
  cols: Math.ceil(cols / across),
});
