import { expect, test } from "vitest";
import { outlierColumns } from "./outliers.ts";

const slice = (rows: number, cols: number, value: (row: number, col: number) => number) => ({
  values: Float32Array.from({ length: rows * cols }, (_, i) => value(Math.floor(i / cols), i % cols)),
  rows,
  cols,
  rowAxis: 0,
  colAxis: 1,
});

test("features that stand out at most positions, the largest first", () => {
  const value = (row: number, col: number) =>
    col === 41 ? 11 : col === 12 ? -8 : row === 0 && col === 3 ? 99 : 1;
  expect(outlierColumns(slice(14, 576, value))).toEqual([41, 12]);
});

test("none among few columns or among zeros", () => {
  expect(outlierColumns(slice(3, 4, (_, col) => 10 ** col))).toEqual([]);
  expect(outlierColumns(slice(3, 64, (row) => Number(row === 0)))).toEqual([]);
});
