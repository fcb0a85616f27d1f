/** The two dimensions of a tensor that are drawn, and what becomes of the others. */
import { type Plane, planeOfMatrix } from "./live/plane.ts";
import type { Numbers } from "./numbers.ts";

/** A matrix: the last two dimensions with all others at index 0. A vector is one row, a scalar one cell. */
export interface Slice {
  readonly values: Numbers;
  readonly rows: number;
  readonly cols: number;
  /** Which dimension runs down, if one does. */
  readonly rowAxis: number | null;
  /** Which dimension runs across, if one does. */
  readonly colAxis: number | null;
}

export function firstSlice(values: Numbers, shape: readonly number[]): Slice {
  const rank = shape.length;
  const rows = shape[rank - 2] ?? 1;
  const cols = shape[rank - 1] ?? 1;
  return {
    values: values.subarray(0, rows * cols),
    rows,
    cols,
    rowAxis: rank > 1 ? rank - 2 : null,
    colAxis: rank > 0 ? rank - 1 : null,
  };
}

export const planeOfSlice = ({ values, rows, cols }: Slice): Plane => planeOfMatrix(values, rows, cols);
