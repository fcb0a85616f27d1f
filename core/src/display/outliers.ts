/** The columns that stand out in every row, such as the massive features of a residual stream. */
import { quantile, sampleOf, sortedSizes } from "./sample.ts";
import type { Slice } from "./slice.ts";

const AT_MOST = 4;
const TIMES = 6;
const FEWEST_COLUMNS = 16;
const ROWS_LOOKED_AT = 64;

/** Columns whose median |x| is beyond six times that of the matrix, the largest first. */
export function outlierColumns({ values, rows, cols }: Slice): number[] {
  if (cols < FEWEST_COLUMNS || rows === 0) return [];
  const limit = TIMES * quantile(sortedSizes(sampleOf(values, 1 << 14).values), 0.5);
  if (limit === 0) return [];
  const looked = Math.min(rows, ROWS_LOOKED_AT);
  const column = new Float64Array(looked);
  const found: { col: number; size: number }[] = [];
  for (let col = 0; col < cols; col++) {
    for (let i = 0; i < looked; i++)
      column[i] = Math.abs(values[Math.floor((i * rows) / looked) * cols + col]!);
    const size = quantile(column.sort(), 0.5);
    if (size > limit) found.push({ col, size });
  }
  return found
    .sort((a, b) => b.size - a.size)
    .slice(0, AT_MOST)
    .map(({ col }) => col);
}
