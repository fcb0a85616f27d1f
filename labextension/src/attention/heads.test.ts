import type { AttentionPayload } from "nnsight-ts/display";
import { expect, test } from "vitest";
import { Live } from "../live/live.ts";
import { Heads, isHidden, shrunk } from "./heads.ts";
import { cellSide, layoutOf } from "./layout.ts";
import { strongest } from "./strongest.ts";
import { thumbSide } from "./thumbs.ts";

const base64 = (numbers: readonly number[]) =>
  Buffer.from(Float32Array.from(numbers).buffer).toString("base64");

test("packed heads come back as whole matrices", () => {
  const data = base64([1, 0.25, 0.75, 1, 0.5, 0.5]);
  const payload = {
    shape: [2, 2, 2],
    heads: [{}, {}],
    preview: { pool: 1, rows: 2, cols: 2, packed: true, encoding: "float32", data },
  } as unknown as AttentionPayload;
  const heads = new Heads(payload, new Live(undefined));
  expect([0, 1].map((head) => [...heads.small(head).values])).toEqual([
    [1, 0, 0.25, 0.75],
    [1, 0, 0.5, 0.5],
  ]);
  expect(heads.best(1)).toBe(heads.small(1));
});

test("fewer cells take the largest weight under them", () => {
  const cells = { rows: 3, cols: 3, pool: 2, values: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]) };
  expect(shrunk(cells, 2)).toEqual({ rows: 2, cols: 2, pool: 4, values: Float32Array.from([5, 6, 8, 9]) });
  expect(shrunk(cells, 3)).toBe(cells);
});

test("cells behind the mask are hidden, those that it cuts are not", () => {
  const cells = { rows: 2, cols: 2, pool: 2, values: new Float32Array(4) };
  const hidden = (mask: { queries: number; keys: number; causal: boolean }) =>
    [0, 1, 2, 3].map((cell) => isHidden(cells, mask, cell));
  expect(hidden({ queries: 4, keys: 4, causal: true })).toEqual([false, true, false, false]);
  expect(hidden({ queries: 4, keys: 4, causal: false })).toEqual([false, false, false, false]);
  expect(hidden({ queries: 3, keys: 4, causal: true })).toEqual([false, false, false, false]);
});

test.each([
  [820, 9],
  [820, 32],
  [820, 96],
  [480, 9],
  [300, 12],
  [820, 2],
])("in %i px %i heads stand within the width", (width, heads) => {
  const { grid, isWide, main, plot } = layoutOf(width, heads);
  const room = isWide ? width - main : width;
  expect(grid!.columns * (grid!.size + grid!.gap) - grid!.gap).toBeLessThanOrEqual(room);
  expect(plot).toBeLessThan(main);
  expect(grid!.size).toBeGreaterThanOrEqual(20);
});

test("cells take whole px where there is one for each", () => {
  expect([14, 200, 404, 250, 500].map((n) => cellSide(n, n, 404))).toEqual([26, 2, 1, 404 / 250, 404 / 500]);
  expect([14, 50, 96, 67].map((n) => thumbSide(n, 96))).toEqual([7, 2, 1, 96 / 67]);
});

test("the strongest lines lie on top, faint ones are left out", () => {
  const cells = { rows: 2, cols: 2, pool: 1, values: Float32Array.from([1, 0.01, 0.5, Number.NaN]) };
  expect(strongest(cells, 2, 2)).toEqual([
    { query: 1, key: 0, weight: 0.5 },
    { query: 0, key: 0, weight: 1 },
  ]);
});
