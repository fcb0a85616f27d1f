/** How large the rows of a matrix are. */
import { squaresPerRow } from "./live/reduce.ts";
import { blocksFor, isSummed, squaresOfBlocks } from "./live/summary.ts";
import { rounded } from "./numbers.ts";
import type { Grid } from "./pool.ts";
import { planeOfSlice, type Slice } from "./slice.ts";

/** The root mean square of the finite values under each row of a grid; `null` where there are none. */
export function rmsPerRow(slice: Slice, grid: Grid): (number | null)[] {
  const whole = { row: 0, col: 0, rows: slice.rows, cols: slice.cols };
  const plane = planeOfSlice(slice);
  const squares = isSummed(plane, whole, grid.pool)
    ? squaresOfBlocks(blocksFor(plane, whole, grid.pool), whole, grid.pool[0])
    : squaresPerRow(plane, whole, grid.pool[0]);
  return Array.from({ length: grid.rows }, (_, row) => {
    const count = squares[2 * row + 1]!;
    return count > 0 ? rounded(Math.sqrt(squares[2 * row]! / count), 4) : null;
  });
}
