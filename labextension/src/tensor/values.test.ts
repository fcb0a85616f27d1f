import type { CellsResult, TensorQuery } from "nnsight-ts/display";
import { expect, test } from "vitest";
import type { Reply } from "../live/questions.ts";
import type { Look } from "./look.ts";
import { valuesOfMontage } from "./values.ts";

type CellsQuery = Extract<TensorQuery, { readonly ask: "cells" }>;

/** Slices side by side, of which each cell is a number made of its slice and its first row and column. */
function looking(shape: readonly [number, number, number]) {
  const asked: CellsQuery[] = [];
  const ask = (_: string, query: CellsQuery): Promise<Reply> => {
    asked.push(query);
    const { pool, axes } = query;
    const { row, col, rows, cols } = query.rects[0]!;
    const [height, width] = [Math.ceil(rows / pool[0]), Math.ceil(cols / pool[1])];
    const cells = Float64Array.from({ length: height * width }, (_, i) =>
      cellAt(axes.fixed[0]!, row + pool[0] * Math.floor(i / width), col + pool[1] * (i % width)),
    );
    const result: CellsResult = { encoding: "float64" };
    return Promise.resolve({ kind: "result", result, buffers: [new DataView(cells.buffer)] });
  };
  const axes = { rowAxis: 1, colAxis: 2, fixed: [0, 0, 0] };
  const look = {
    ...{ live: { ask }, payload: { shape }, sides: { rows: shape[1], cols: shape[2] } },
    choices: { axes, facets: [0], reduce: "mean" },
  };
  return { look: look as unknown as Look, asked };
}

const cellAt = (slice: number, row: number, col: number): number => slice * 1e8 + row * 1e4 + col;

test("of slices side by side all values are told, of too many the exact cells", async () => {
  const drawn = { values: new Float32Array(), rows: 500, cols: 400, pool: [10, 7] as const };
  const few = looking([2, 700, 300]);
  const all = await valuesOfMontage(few.look, drawn);
  expect([all.rows, all.cols, all.values.length]).toEqual([700, 300, 420_000]);
  expect([all.values[299], all.values[210_000 + 699 * 300]]).toEqual([cellAt(0, 0, 299), cellAt(1, 699, 0)]);
  const many = looking([3, 5000, 2797]);
  const cells = await valuesOfMontage(many.look, drawn);
  expect(many.asked.every(({ pool, reduce }) => pool === drawn.pool && reduce === "mean")).toBe(true);
  expect(many.asked.length).toBe(6); // 500 rows of 400 cells are two messages
  expect([cells.rows, cells.cols]).toEqual([500, 400]);
  const expected = Array.from({ length: 600_000 }, (_, i) =>
    cellAt(Math.floor(i / 200_000), 10 * (Math.floor(i / 400) % 500), 7 * (i % 400)),
  );
  expect([...(cells.values as Float64Array)]).toEqual(expected);
});
