import fc from "fast-check";
import { expect, test } from "vitest";
import { gridOf, poolInto } from "./pool.ts";

const size = fc.integer({ min: 1, max: 60_000 });

test("a grid covers its matrix, within the cells allowed", () => {
  fc.assert(
    fc.property(size, size, fc.integer({ min: 64, max: 14_000 }), (rows, cols, cells) => {
      const grid = gridOf(rows, cols, cells);
      expect(grid.rows * grid.cols).toBeLessThanOrEqual(cells);
      expect(grid.rows).toBe(Math.ceil(rows / grid.pool[0]));
      expect(grid.cols).toBe(Math.ceil(cols / grid.pool[1]));
    }),
  );
});

test.each([
  [14, 576, 14, 576],
  [30, 14, 30, 14],
  [1, 49152, 1, 572],
  [128, 576, 64, 192],
  [49152, 576, 96, 144],
  [5000, 1, 186, 1],
])("%i by %i becomes %i by %i", (rows, cols, keptRows, keptCols) => {
  expect(gridOf(rows, cols, 14_000)).toMatchObject({ rows: keptRows, cols: keptCols });
});

test("a cell shows the largest |x| and is missing only if all are", () => {
  const values = Float32Array.of(1, -3, Number.NaN, Number.NaN, 2, 0, Number.NaN, 5);
  const slice = { values, rows: 2, cols: 4, rowAxis: 0, colAxis: 1 };
  expect([...poolInto(slice, { rows: 2, cols: 2, pool: [1, 2] })]).toEqual([-3, Number.NaN, 2, 5]);
});
