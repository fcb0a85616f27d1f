/** The part of a tensor that stays in the notebook: one slice, pooled until it is small. */
import { type DType, isFloat } from "../tensor/dtype.ts";
import { capacity, type Encoding, encode } from "./encode.ts";
import { isLarge } from "./live/summary.ts";
import type { Numbers } from "./numbers.ts";
import { outlierColumns } from "./outliers.ts";
import { gridOf, gridOfBlocks, poolInto } from "./pool.ts";
import { rmsPerRow } from "./rms.ts";
import { firstSlice } from "./slice.ts";

export interface Preview {
  /** Which dimension runs down and which across; `null` for those that a vector or scalar lacks. */
  readonly rowAxis: number | null;
  readonly colAxis: number | null;
  /** The index at which each dimension before those two is held. */
  readonly fixed: readonly number[];
  readonly rows: number;
  readonly cols: number;
  /** How many rows and columns of the tensor are under a cell, which shows the one of largest |x|. */
  readonly pool: readonly [rows: number, cols: number];
  readonly encoding: Encoding;
  /** The cells row by row, in base64. */
  readonly data: string;
  /** The root mean square of the values under each row; empty unless a float dtype. */
  readonly rms: readonly (number | null)[];
  /** Columns of the tensor that stand out in every row; at most four, the largest first. */
  readonly outliers: readonly number[];
}

/** A preview of at most `cells` cells. */
export function previewOf(
  x: Numbers,
  dtype: DType,
  shape: readonly number[],
  cells = capacity[dtype],
): Preview {
  const slice = firstSlice(x, shape);
  const finest = gridOf(slice.rows, slice.cols, cells);
  const grid = isLarge(slice) ? gridOfBlocks(finest, slice) : finest;
  const measured = isFloat(dtype) && shape.length > 0;
  return {
    rowAxis: slice.rowAxis,
    colAxis: slice.colAxis,
    fixed: shape.slice(0, -2).map(() => 0),
    ...grid,
    ...encode(poolInto(slice, grid), dtype),
    rms: measured ? rmsPerRow(slice, grid) : [],
    outliers: measured ? outlierColumns(slice) : [],
  };
}
