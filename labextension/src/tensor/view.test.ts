import { expect, test } from "vitest";
import { Cursor } from "../cursor.ts";
import { layoutOf, mainWidth, savedDetail } from "./layout.ts";
import { cellOf, fitColumns, largestCell, placeOf, type View } from "./view.ts";

const viewOf = (rows: number, cols: number, value: (i: number) => number = (i) => i): View => ({
  rows,
  cols,
  pool: [1, 1],
  at: { row: 0, col: 0, rows, cols },
  values: Float32Array.from({ length: rows * cols }, (_, i) => value(i)),
});

const laidOut = (view: View, width: number) =>
  layoutOf(savedDetail(view, width, 400, true), view, width, true);

test("a narrow page pools columns by largest |x|", () => {
  const view = fitColumns(
    viewOf(2, 5, (i) => (i % 2 ? -i : i)),
    3,
  );
  expect(view).toMatchObject({ rows: 2, cols: 3, pool: [1, 2] });
  expect([...(view.values as Float64Array)]).toEqual([-1, -3, 4, 6, 8, -9]);
});

test("the largest cell is not a missing one", () => {
  expect(largestCell(viewOf(2, 2, (i) => (i === 0 ? Number.NaN : -i)))).toEqual({ row: 1, col: 1 });
});

test("cells take whole px and shrink with their number", () => {
  const cells = ([rows, cols]: [number, number]) => {
    const { cellWidth, cellHeight, printed } = laidOut(viewOf(rows, cols), 820);
    return [cellWidth, cellHeight, printed];
  };
  expect(cells([14, 576])).toEqual([1, 16, false]);
  expect(cells([14, 14])).toEqual([41, 24, true]);
  expect(cells([2, 2])).toEqual([64, 24, true]);
  expect(cells([96, 144])).toEqual([4, 4, false]);
  expect(cells([1, 100])).toEqual([5, 24, false]);
  expect(cells([200, 576])).toEqual([1, 2, false]);
});

test("narrow cards fill their width", () => {
  const view = fitColumns(viewOf(14, 576), mainWidth(600));
  const { plotWidth, beside } = laidOut(view, 600);
  expect([view.cols, Math.round(plotWidth), beside]).toEqual([288, mainWidth(600), false]);
});

test("cells and places of a part of a slice", () => {
  const view = { ...viewOf(4, 5), pool: [8, 2] as const, at: { row: 16, col: 100, rows: 30, cols: 10 } };
  expect(placeOf(view, { row: 3, col: 4 })).toEqual({ row: 40, col: 108 });
  expect(cellOf(view, { row: 45, col: 109 })).toEqual({ row: 3, col: 4 });
  expect([cellOf(view, { row: 46, col: 109 }), cellOf(view, { row: 15, col: 100 })]).toEqual([
    undefined,
    undefined,
  ]);
});

test("the cursor shows hovered before pinned before largest, and stays inside", () => {
  const cursor = new Cursor();
  cursor.rest({ row: 2, col: 19 });
  expect(cursor.shown).toEqual({ row: 2, col: 19 });
  cursor.pin({ row: 1, col: 1 });
  cursor.hover({ row: 0, col: 4 });
  expect(cursor.shown).toEqual({ row: 0, col: 4 });
  cursor.hover(undefined);
  cursor.step(10, -10, { rows: 3, cols: 20 });
  expect([cursor.shown, cursor.atRest]).toEqual([{ row: 2, col: 0 }, false]);
  cursor.pin(undefined);
  expect(cursor.atRest).toBe(true);
});
