import fc from "fast-check";
import { expect, test } from "vitest";
import { gridOf, gridOfBlocks, poolInto } from "./pool.ts";

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

test("a large matrix is pooled in blocks, which give the same cells", () => {
  const [rows, cols] = [6000, 5600];
  const values = new Float32Array(rows * cols);
  for (let i = 0; i < values.length; i += 9973) values[i] = (i % 2 ? -1 : 1) * (i % 1009);
  const grid = gridOfBlocks(gridOf(rows, cols, 14_000), { rows, cols });
  expect([grid.pool[0] % 8, grid.pool[1] % 4]).toEqual([0, 0]);
  const cells = poolInto({ values, rows, cols, rowAxis: 0, colAxis: 1 }, grid);
  expect(cells.length).toBe(grid.rows * grid.cols);
  const [row, col] = [Math.floor(9973 / cols), 9973 % cols];
  const cell = Math.floor(row / grid.pool[0]) * grid.cols + Math.floor(col / grid.pool[1]);
  const under = [];
  for (let r = 0; r < grid.pool[0]; r++)
    for (let c = 0; c < grid.pool[1]; c++)
      under.push(
        values[
          (Math.floor(cell / grid.cols) * grid.pool[0] + r) * cols + (cell % grid.cols) * grid.pool[1] + c
        ]!,
      );
  expect(Math.abs(cells[cell]!)).toBe(Math.max(...under.map(Math.abs)));
  expect(Math.abs(cells[cell]!)).toBeGreaterThan(0);
});
