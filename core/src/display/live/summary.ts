/** A large plane made small once, so that no look at it from afar reads all of its values again. */
import type { Numbers } from "../numbers.ts";
import { type Plane, planeOfMatrix, type Rect } from "./plane.ts";
import { type Pool, type Reduction, reduce } from "./reduce.ts";

/** How many rows and columns of the plane are in a block. */
export const BLOCK: Pool = [8, 4];

/** Blocks of blocks, for looks from farther away. */
const COARSE: Pool = [32, 8];

/** Planes of this many values and fewer are read as they are. */
const FEWEST_VALUES = 1 << 25;

type Blocks = Float32Array | Float64Array;
type Counts = Uint8Array | Float32Array;

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
  const [rows, cols] = [Math.ceil(plane.rows / down), Math.ceil(plane.cols / across)];
  const room = (): Blocks =>
    plane.values instanceof Float64Array ? new Float64Array(rows * cols) : new Float32Array(rows * cols);
  const summary: Summary = {
    block: BLOCK,
    rows,
    cols,
    min: room().fill(Number.NaN),
    max: room().fill(Number.NaN),
    sum: room(),
    squares: room(),
    count: new Uint8Array(rows * cols),
    finite: new Uint8Array(rows * cols),
  };
  for (let row = 0; row < plane.rows; row++) {
    const start = plane.start + row * plane.rowStride;
    addLine(summary, Math.floor(row / down) * cols, plane.values, start, plane.colStride, plane.cols);
  }
  return summary;
}

/** Written without arrays inside: this loop sees every value of the largest tensors. */
function addLine(
  { min, max, sum, squares, count, finite }: Summary,
  first: number,
  values: Numbers,
  start: number,
  stride: number,
  cols: number,
): void {
  const across = BLOCK[1];
  for (let col = 0, at = first; col < cols; at++) {
    const end = col + across < cols ? col + across : cols;
    let low = min[at]!;
    let high = max[at]!;
    let total = 0;
    let square = 0;
    let known = end - col;
    let measured = known;
    for (; col < end; col++) {
      const value = values[start + col * stride]!;
      if (value - value === 0) square += value * value;
      else measured--;
      if (Number.isNaN(value)) known--;
      else {
        if (!(value >= low)) low = value;
        if (!(value <= high)) high = value;
        total += value;
      }
    }
    min[at] = low;
    max[at] = high;
    sum[at]! += total;
    squares[at]! += square;
    count[at]! += known;
    finite[at]! += measured;
  }
}

/** Blocks of blocks. */
export function coarser(fine: Summary): Summary {
  const { block, min, max, sum, squares, count, finite } = fine;
  const by: Pool = [COARSE[0] / block[0], COARSE[1] / block[1]];
  const whole = { row: 0, col: 0, rows: fine.rows, cols: fine.cols };
  const [rows, cols] = [Math.ceil(fine.rows / by[0]), Math.ceil(fine.cols / by[1])];
  const of = (values: Numbers, kept: Reduction) => reduce(planeOf(fine, values), whole, by, kept);
  const summed = (values: Numbers) => {
    const sums = new Float64Array(rows * cols);
    for (let row = 0, i = 0; row < fine.rows; row++) {
      const line = Math.floor(row / by[0]) * cols;
      for (let col = 0; col < fine.cols; col++) sums[line + Math.floor(col / by[1])]! += values[i++]!;
    }
    return sums;
  };
  return {
    block: COARSE,
    rows,
    cols,
    min: of(min, "min"),
    max: of(max, "max"),
    sum: summed(sum),
    squares: summed(squares),
    count: Float32Array.from(summed(count)),
    finite: Float32Array.from(summed(finite)),
  };
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
