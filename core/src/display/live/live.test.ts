import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { Host } from "../../tensor/host.ts";
import { planeOf } from "./plane.ts";
import type { CellsQuery, CellsResult, MontageResult, SliceResult, Wanted } from "./queries.ts";
import { type Reduction, reduce, squaresPerRow } from "./reduce.ts";
import { Shelf, shelfOfProcess } from "./shelf.ts";
import { coarser, reduceBlocks, squaresOfBlocks, summarise } from "./summary.ts";
import { LiveTensor } from "./tensor.ts";

const exact: Wanted = { kind: "float" };
const numbersIn = (bytes: Uint8Array) => [...new Float32Array(bytes.slice().buffer)];

/** The same by the definition: every value under every cell. */
function slowly(values: number[][], [down, across]: readonly [number, number], how: Reduction): number[] {
  const cells: number[] = [];
  for (let row = 0; row < values.length; row += down) {
    for (let col = 0; col < values[0]!.length; col += across) {
      const under = values
        .slice(row, row + down)
        .flatMap((line) => line.slice(col, col + across))
        .filter((value) => !Number.isNaN(value));
      const largest = Math.max(...under.map(Math.abs));
      if (under.length === 0) cells.push(Number.NaN);
      else if (how === "min") cells.push(Math.min(...under));
      else if (how === "max") cells.push(Math.max(...under));
      else if (how === "absmax") cells.push(under.find((value) => Math.abs(value) === largest)!);
      else cells.push(under.reduce((sum, value) => sum + value, 0) / under.length);
    }
  }
  return cells;
}

const numbers = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant(Number.NaN), fc.constant(Infinity));

const tensors = fc
  .record({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
    ),
    some: fc.array(numbers, { minLength: 1, maxLength: 97 }),
  })
  .map(({ shape, some }) => ({
    shape,
    data: Float32Array.from(
      { length: shape[0] * shape[1] * shape[2] },
      (_, i) => some[(i * 7) % some.length]!,
    ),
  }));

test("cells hold what the reduction says, whichever dimensions are drawn", () => {
  const axes = fc.constantFrom<readonly [number, number]>([1, 2], [2, 1], [0, 2], [2, 0]);
  const pool = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
  const how = fc.constantFrom<Reduction>("absmax", "mean", "min", "max");
  fc.assert(
    fc.property(tensors, axes, pool, how, fc.boolean(), (tensor, [rowAxis, colAxis], pool, how, isHalf) => {
      const { shape } = tensor;
      const data = isHalf ? new Float16Array(tensor.data) : tensor.data;
      const fixed = shape.map((n) => n - 1);
      const plane = planeOf(data, shape, { rowAxis, colAxis, fixed });
      const at = (row: number, col: number) => {
        const index = [...fixed];
        [index[rowAxis], index[colAxis]] = [row, col];
        return data[(index[0]! * shape[1] + index[1]!) * shape[2] + index[2]!]!;
      };
      const rect = { row: Math.floor(plane.rows / 3), col: Math.floor(plane.cols / 4), rows: 0, cols: 0 };
      const inner = { ...rect, rows: plane.rows - rect.row, cols: plane.cols - rect.col };
      const values = Array.from({ length: inner.rows }, (_, row) =>
        Array.from({ length: inner.cols }, (_, col) => at(inner.row + row, inner.col + col)),
      );
      const [cells, expected] = [[...reduce(plane, inner, pool, how)], slowly(values, pool, how)];
      expect(cells.length).toBe(expected.length);
      cells.forEach((cell, i) => {
        if (how === "absmax") expect(Math.abs(cell)).toEqual(Math.abs(expected[i]!));
        else if (Number.isFinite(cell)) expect(cell).toBeCloseTo(expected[i]!, 4);
        else expect(cell).toEqual(expected[i]);
      });
    }),
  );
});

test.for([13, 613])("blocks of a large plane, and blocks of these, give what its values give", (missing) => {
  const shape = [41, 37];
  const data = Float32Array.from({ length: 41 * 37 }, (_, i) =>
    i % missing === 0 ? Number.NaN : ((i * 7919) % 101) - 50,
  );
  data[700] = Number.NEGATIVE_INFINITY;
  const plane = planeOf(data, shape, { rowAxis: 0, colAxis: 1, fixed: [0, 0] });
  const fine = summarise(plane);
  const coarse = coarser(fine);
  for (const [blocks, rect, pool] of [
    [fine, { row: 0, col: 0, rows: 41, cols: 37 }, [16, 8]],
    [fine, { row: 8, col: 4, rows: 24, cols: 33 }, [8, 4]],
    [coarse, { row: 0, col: 0, rows: 41, cols: 37 }, [32, 16]],
    [coarse, { row: 32, col: 8, rows: 9, cols: 24 }, [32, 8]],
  ] as const) {
    for (const how of ["min", "max"] as const)
      expect(reduceBlocks(blocks, rect, pool, how)).toEqual(reduce(plane, rect, pool, how));
    const largest = (cells: Float64Array) => cells.map(Math.abs); // of two of one size either sign will do
    expect(largest(reduceBlocks(blocks, rect, pool, "absmax"))).toEqual(
      largest(reduce(plane, rect, pool, "absmax")),
    );
    const [fast, slow] = [reduceBlocks(blocks, rect, pool, "mean"), reduce(plane, rect, pool, "mean")];
    fast.forEach((mean, i) => {
      expect(Math.fround(mean)).toBeCloseTo(Math.fround(slow[i]!), 4);
    });
    const sums = squaresPerRow(plane, rect, pool[0]);
    squaresOfBlocks(blocks, rect, pool[0]).forEach((sum, i) => {
      expect(sum).toBeCloseTo(sums[i]!, 1);
    });
  }
});

const grid: Host = {
  dtype: "float32",
  shape: [2, 3, 4],
  data: Float32Array.from({ length: 24 }, (_, i) => (i === 5 ? Number.NaN : i - 8)),
};
const axes = { rowAxis: 1, colAxis: 2, fixed: [1, 0, 0] };
const cells: CellsQuery = {
  ask: "cells",
  axes,
  rects: [{ row: 1, col: 2, rows: 2, cols: 2 }],
  pool: [1, 1],
  reduce: "absmax",
  wanted: exact,
};

test("cells come exactly, with the squares of each row unless nobody looks at those", () => {
  const { result, buffers } = new LiveTensor(grid).answer(cells);
  const alone = new LiveTensor(grid).answer({
    ...cells,
    rects: [...cells.rects, ...cells.rects],
    squares: false,
  });
  expect(alone.buffers.map(numbersIn)).toEqual(Array(2).fill([10, 11, 14, 15]));
  expect(result as CellsResult).toEqual({ encoding: "float32" });
  expect(numbersIn(buffers[0]!)).toEqual([10, 11, 14, 15]);
  expect([...new Float64Array(buffers[1]!.slice().buffer)]).toEqual([221, 2, 421, 2]);
});

test("rectangles beside each other are read as one, and each has its own cells", () => {
  const rects = [
    { row: 0, col: 0, rows: 2, cols: 2 },
    { row: 0, col: 2, rows: 2, cols: 2 },
    { row: 1, col: 0, rows: 2, cols: 3 },
    { row: 1, col: 3, rows: 2, cols: 1 },
  ];
  for (const pool of [
    [1, 1],
    [2, 2],
    [1, 2],
  ] as const) {
    const ask = (some: typeof rects) =>
      new LiveTensor(grid).answer({ ...cells, rects: some, pool, squares: false }).buffers.map(numbersIn);
    expect(ask(rects)).toEqual(rects.flatMap((rect) => ask([rect])));
  }
});

test("cells of one byte tell missing values from the low end", () => {
  const first = {
    ...cells,
    axes: { ...axes, fixed: [0, 0, 0] },
    rects: [{ row: 0, col: 0, rows: 3, cols: 4 }],
  };
  const wanted: Wanted = { kind: "uint8", lo: -4, hi: 4 };
  const { buffers } = new LiveTensor(grid).answer({ ...first, wanted });
  expect([...buffers[0]!]).toEqual([1, 1, 1, 1, 1, 0, 65, 96, 128, 160, 192, 223]);
});

test("wide numbers keep their digits", () => {
  const ids: Host = { dtype: "int64", shape: [2], data: BigInt64Array.of(2n ** 40n + 1n, 3n) };
  const whole = { rowAxis: null, colAxis: 0, fixed: [0] };
  const { result, buffers } = new LiveTensor(ids).answer({
    ...cells,
    axes: whole,
    rects: [{ row: 0, col: 0, rows: 1, cols: 2 }],
  });
  expect(result).toEqual({ encoding: "float64" });
  expect([...new Float64Array(buffers[0]!.slice().buffer)]).toEqual([2 ** 40 + 1, 3]);
});

test("a slice in numbers", () => {
  const { result } = new LiveTensor(grid).answer({
    ask: "slice",
    axes: { ...axes, fixed: [0, 0, 0] },
    bins: 11,
  });
  const { statistics, bins, size } = result as SliceResult;
  expect(size).toBe(12);
  expect(statistics).toMatchObject({ count: 12, min: -8, max: 3, nan: 1, zero: 1 });
  expect(bins).toEqual([1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 2]);
});

test("a montage goes through its dimensions, the last one fastest", () => {
  const asked = {
    ask: "montage",
    axes: { rowAxis: null, colAxis: 2, fixed: [0, 0, 0] },
    facets: [0, 1],
    most: [1, 2],
  };
  const { result, buffers } = new LiveTensor(grid).answer({ ...asked, reduce: "max", wanted: exact });
  expect(result as MontageResult).toEqual({ encoding: "float32", rows: 1, cols: 2, pool: [1, 2] });
  expect(numbersIn(buffers[0]!)).toEqual([-7, -5, -4, -1, 1, 3, 5, 7, 9, 11, 13, 15]);
  const wanted: Wanted = { kind: "uint8", lo: -4, hi: 4 };
  const { buffers: rough } = new LiveTensor(grid).answer({ ...asked, reduce: "max", wanted });
  expect(rough[0]).toHaveLength(12);
  expect([...new Float64Array(rough[1]!.slice().buffer)]).toEqual([-7, -4, 3, 7, 11, 15]);
});

test("questions that make no sense are refused in words", () => {
  const tensor = new LiveTensor(grid);
  const refused: [string, unknown][] = [
    ["there is no slice", { ...cells, axes: { ...axes, fixed: [2, 0, 0] } }],
    ["there is no slice", { ...cells, axes: { ...axes, rowAxis: 2 } }],
    ["are not all there", { ...cells, rects: [{ row: 2, col: 0, rows: 2, cols: 1 }] }],
    ["cannot be asked", { ask: "gradients" }],
    ["too many", { ask: "montage", axes, facets: [7], most: [8, 8], reduce: "max", wanted: exact }],
  ];
  for (const [words, query] of refused) expect(() => tensor.answer(query)).toThrow(words);
  const large = new LiveTensor({ dtype: "float32", shape: [1000, 1000], data: new Float32Array(1_000_000) });
  const all = { rowAxis: 0, colAxis: 1, fixed: [0, 0] };
  const rects = [{ row: 0, col: 0, rows: 1000, cols: 1000 }];
  expect(() => large.answer({ ...cells, axes: all, rects })).toThrow("do not fit into one message");
});

test("the least recently used go, one larger than the budget stays alone", () => {
  const shelf = new Shelf(100);
  const show = () => ({ result: {}, buffers: [] });
  const held = [{}, {}, {}, {}];
  const [a, b, c] = held.slice(0, 3).map((thing) => shelf.keep(thing, 40, show));
  expect(shelf.keep(held[0]!, 40, show)).toBe(a);
  expect([...shelf.kept]).toEqual([c, a]);
  expect(shelf.answer(b!, {})).toBeDefined(); // the user still holds it
  expect([...shelf.kept]).toEqual([a, b]);
  const d = shelf.keep(held[3]!, 500, show);
  expect([...shelf.kept]).toEqual([d]);
  expect(shelf.answer("unknown", {})).toBeUndefined();
});

const registered = Symbol.for("nnsight.live");
afterEach(() => Reflect.deleteProperty(globalThis, registered));

test("nothing is kept where nobody can ask", () => {
  expect(shelfOfProcess()).toBeUndefined();
  const shelves: unknown[] = [];
  Object.assign(globalThis, { [registered]: shelves });
  expect(shelfOfProcess()).toBe(shelves[0]);
  expect(shelfOfProcess()).toBe(shelves[0]);
  expect(shelves).toHaveLength(1);
});
