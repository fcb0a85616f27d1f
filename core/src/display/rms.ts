/** How large the rows of a matrix are. */
import { rounded } from "./numbers.ts";
import type { Grid } from "./pool.ts";
import type { Slice } from "./slice.ts";

/** The root mean square of the finite values under each row of a grid; `null` where there are none. */
export function rmsPerRow({ values, rows, cols }: Slice, grid: Grid): (number | null)[] {
  return Array.from({ length: grid.rows }, (_, row) => {
    const end = Math.min(rows, (row + 1) * grid.pool[0]) * cols;
    let [squares, count] = [0, 0];
    for (let i = row * grid.pool[0] * cols; i < end; i++) {
      const value = values[i]!;
      if (value - value !== 0) continue;
      squares += value * value;
      count++;
    }
    return count > 0 ? rounded(Math.sqrt(squares / count), 4) : null;
  });
}
