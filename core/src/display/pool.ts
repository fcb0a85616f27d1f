/** A matrix made small enough to keep: each cell holds the value of largest size under it, so that no outlier is lost. */
import { reduce } from "./live/reduce.ts";
import { BLOCK, blocksFor, COARSE, isSummed, reduceBlocks } from "./live/summary.ts";
import { planeOfSlice, type Slice } from "./slice.ts";

export interface Grid {
  readonly rows: number;
  readonly cols: number;
  /** How many rows and columns of the matrix are under a cell. */
  readonly pool: readonly [number, number];
}

const ROWS = { few: 96, many: 192 };
const COLS = 576;

/** The finest grid of at most `cells` cells over a matrix. Rows are kept before columns while there are few of them. */
export function gridOf(rows: number, cols: number, cells: number): Grid {
  const room = Math.max(1, Math.floor(cells / Math.min(cols, COLS)));
  const down = Math.ceil(rows / Math.min(rows, ROWS.many, Math.max(Math.min(ROWS.few, cells), room)));
  const keptRows = Math.ceil(rows / down);
  const across = Math.ceil(cols / Math.min(cols, COLS, Math.max(1, Math.floor(cells / keptRows))));
  return { rows: keptRows, cols: Math.ceil(cols / across), pool: [down, across] };
}

/** A grid whose cells are made of whole blocks, of the large ones where those are still small beside a cell. */
export function gridOfBlocks(
  { rows, cols, pool }: Grid,
  size: { readonly rows: number; readonly cols: number },
): Grid {
  const isFar = pool[0] >= COARSE[0] && pool[1] >= BLOCK[1];
  const [block, wide] = isFar ? COARSE : BLOCK;
  const [down, across] = [up(pool[0], block), up(pool[1], wide)];
  const fewer = { rows: Math.ceil(size.rows / down), cols: Math.ceil(size.cols / across) };
  return { rows: Math.min(rows, fewer.rows), cols: Math.min(cols, fewer.cols), pool: [down, across] };
}

const up = (n: number, step: number): number => Math.ceil(n / step) * step;

/** The cells of a grid, row by row. A cell is missing (NaN) where all of its values are. */
export function poolInto(slice: Slice, { pool }: Grid): Float64Array {
  const [plane, whole] = [planeOfSlice(slice), { row: 0, col: 0, rows: slice.rows, cols: slice.cols }];
  return isSummed(plane, whole, pool)
    ? reduceBlocks(blocksFor(plane, whole, pool), whole, pool, "absmax")
    : reduce(plane, whole, pool, "absmax");
}
