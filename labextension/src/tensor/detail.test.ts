import fc from "fast-check";
import { expect, test } from "vitest";
import { detailOf, moved, showing, zoomed } from "./detail.ts";
import { assemble, type Tile, TileCache, tileFamily, tilesOf } from "./tiles.ts";

const space = { width: 576, height: 400, widest: 64, tallest: 24 };

const windows = fc
  .record({ rows: fc.integer({ min: 1, max: 60_000 }), cols: fc.integer({ min: 1, max: 60_000 }) })
  .chain((sides) =>
    fc.record({
      sides: fc.constant(sides),
      row: fc.nat(sides.rows - 1),
      col: fc.nat(sides.cols - 1),
      rows: fc.integer({ min: 1, max: sides.rows }),
      cols: fc.integer({ min: 1, max: sides.cols }),
    }),
  );

test("a detail shows what is wanted, as whole cells within the space", () => {
  fc.assert(
    fc.property(windows, ({ sides, ...wanted }) => {
      const window = {
        ...wanted,
        row: Math.min(wanted.row, sides.rows - wanted.rows),
        col: Math.min(wanted.col, sides.cols - wanted.cols),
      };
      const { at, pool, cellWidth, cellHeight } = detailOf(window, sides, space);
      expect(Math.ceil(at.cols / pool[1]) * cellWidth).toBeLessThanOrEqual(space.width + 1);
      expect(Math.ceil(at.rows / pool[0]) * cellHeight).toBeLessThanOrEqual(space.height + 1);
      expect([at.row % pool[0], at.col % pool[1]]).toEqual([0, 0]);
      expect(at.row + at.rows).toBeLessThanOrEqual(sides.rows);
      expect(at.col + at.cols).toBeLessThanOrEqual(sides.cols);
      for (const [end, total, size] of [
        [at.row + at.rows, sides.rows, pool[0]],
        [at.col + at.cols, sides.cols, pool[1]],
      ] as const)
        expect(end === total || end % size === 0).toBe(true);
    }),
  );
});

test("the whole of a large matrix in blocks that the kernel has", () => {
  const sides = { rows: 50_000, cols: 4_000 };
  const { at, pool } = detailOf({ row: 0, col: 0, ...sides }, sides, space);
  expect(at).toEqual({ row: 0, col: 0, ...sides });
  expect(pool).toEqual([128, 8]);
});

test("nearer is always nearer, through the blocks of a large matrix down to single values", () => {
  const sides = { rows: 50_000, cols: 4_000 };
  let { at } = detailOf({ row: 0, col: 0, ...sides }, sides, space);
  for (let i = 0; i < 16; i++) {
    const before = at;
    at = detailOf(zoomed(at, sides, 2, { row: 25_000, col: 123 }), sides, space).at;
    expect(at.rows * at.cols < before.rows * before.cols || before.rows <= 20).toBe(true);
    expect(at.row <= 25_000 && at.row + at.rows > 25_000 && at.col <= 123 && at.col + at.cols > 123).toBe(
      true,
    );
  }
  expect([at.rows, at.cols]).toEqual([16, 9]);
});

test("nearer around a place leaves it where it is; farther ends at the whole", () => {
  const sides = { rows: 1000, cols: 2000 };
  const whole = { row: 0, col: 0, ...sides };
  const near = zoomed(whole, sides, 2, { row: 250, col: 1500 });
  expect(near).toEqual({ row: 125, col: 750, rows: 500, cols: 1000 });
  expect(zoomed(near, sides, 1 / 8, { row: 250, col: 800 })).toEqual(whole);
  expect(moved(near, sides, 600, -800)).toEqual({ row: 500, col: 0, rows: 500, cols: 1000 });
  expect(showing(near, sides, { row: 625, col: 10 })).toEqual({ row: 126, col: 10, rows: 500, cols: 1000 });
});

test("a view made of tiles holds each cell at its place", () => {
  const sides = { rows: 900, cols: 700 };
  const axes = { rowAxis: 0, colAxis: 1, fixed: [0, 0] };
  const detail = {
    at: { row: 100, col: 60, rows: 500, cols: 640 },
    pool: [2, 2] as const,
    cellWidth: 1,
    cellHeight: 1,
  };
  const places = tilesOf(tileFamily("t", axes, "absmax"), detail, sides);
  expect(places.length).toBe(9 * 5); // 32 by 72 cells each, of which 250 by 320 are in view
  const tileAt = ({ rect }: (typeof places)[number]): Tile => {
    const [rows, cols] = [Math.ceil(rect.rows / 2), Math.ceil(rect.cols / 2)];
    const cells = Float32Array.from(
      { length: rows * cols },
      (_, i) => (rect.row / 2 + Math.floor(i / cols)) * 1000 + rect.col / 2 + (i % cols),
    );
    return { cells, cols, isRough: false, squares: new Float64Array(2 * rows).fill(4), bytes: 1 };
  };
  const tiles = places.map((place) => ({ ...place, tile: tileAt(place) }));
  const { view, rms } = assemble(detail, tiles);
  expect([view.rows, view.cols]).toEqual([250, 320]);
  expect([view.values[0], view.values[319], view.values[249 * 320 + 319]]).toEqual([50_030, 50_349, 299_349]);
  expect(rms[0]).toBe(1);
});

test("tiles beyond the budget go, the one used longest ago first", () => {
  const cache = new TileCache(() => 100);
  const tile: Tile = {
    cells: new Float32Array(),
    cols: 1,
    isRough: false,
    squares: new Float64Array(),
    bytes: 40,
  };
  cache.put("a", tile);
  cache.put("b", tile);
  cache.get("a");
  cache.put("c", tile);
  expect(["a", "b", "c"].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true]);
  cache.put("c", tile);
  expect(cache.bytes).toBe(80);
});

test("slices that differ only in a drawn dimension share their tiles", () => {
  const family = (fixed: number[]) => tileFamily("t", { rowAxis: 1, colAxis: 2, fixed }, "mean");
  expect(family([3, 0, 0])).toBe(family([3, 7, 9]));
  expect(family([3, 0, 0])).not.toBe(family([4, 0, 0]));
});
