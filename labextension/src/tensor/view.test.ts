import { expect, test } from "vitest";
import { Cursor } from "./cursor.ts";
import { layoutOf, mainWidth } from "./layout.ts";
import { fitColumns, largestCell, type View } from "./view.ts";

const viewOf = (rows: number, cols: number, value: (i: number) => number = (i) => i): View => ({
  rows,
  cols,
  pool: [1, 1],
  values: Float32Array.from({ length: rows * cols }, (_, i) => value(i)),
});

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
  const needs = { words: true, above: true };
  const cells = ([rows, cols]: [number, number]) => {
    const { cellWidth, cellHeight, printed } = layoutOf(viewOf(rows, cols), 820, needs);
    return [cellWidth, cellHeight, printed];
  };
  expect(cells([14, 576])).toEqual([1, 16, false]);
  expect(cells([14, 14])).toEqual([41, 24, true]);
  expect(cells([2, 2])).toEqual([64, 24, true]);
  expect(cells([96, 144])).toEqual([4, 4, false]);
  expect(cells([1, 100])).toEqual([5, 24, false]);
});

test("narrow cards fill their width", () => {
  const view = fitColumns(viewOf(14, 576), mainWidth(600));
  const { plotWidth, beside } = layoutOf(view, 600, { words: true, above: true });
  expect([view.cols, Math.round(plotWidth), beside]).toEqual([288, mainWidth(600), false]);
});

test("the cursor shows hovered before pinned before largest, and stays inside", () => {
  const view = viewOf(3, 20);
  const cursor = new Cursor(largestCell(view), view);
  expect(cursor.shown).toEqual({ row: 2, col: 19 });
  cursor.pin({ row: 1, col: 1 });
  cursor.hover({ row: 0, col: 4 });
  expect(cursor.shown).toEqual({ row: 0, col: 4 });
  cursor.hover(undefined);
  cursor.step(10, -10);
  expect([cursor.shown, cursor.atRest]).toEqual([{ row: 2, col: 0 }, false]);
  cursor.pin(undefined);
  expect(cursor.atRest).toBe(true);
});
