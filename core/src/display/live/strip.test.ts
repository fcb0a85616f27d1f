/// <reference lib="es2025.float16" />
import { expect, test } from "vitest";
import { sampleOf } from "../sample.ts";
import { Seen } from "../seen.ts";
import { statisticsOf } from "../statistics.ts";
import { planeOfMatrix } from "./plane.ts";
import { stripReader, WIDEST } from "./strip.ts";
import { summarise } from "./summary.ts";

/** Whole numbers about 100, with some of each kind that is counted. */
const valueAt = (i: number): number =>
  [[Number.NaN, Infinity, -Infinity, -0][(i / 1009) % 4]!, 100 + ((i * 7919) % 64)][i % 1009 === 0 ? 0 : 1]!;

test.for([
  ["float32", (n: number[]) => Float32Array.from(n)],
  ["float16", (n: number[]) => Float16Array.from(n)],
] as const)("%s in vector instructions tells what loops over float64 tell", ([_, from]) => {
  const [rows, cols] = [19, WIDEST + 7]; // neither is whole blocks
  const numbers = Array.from({ length: rows * cols }, (_, i) => valueAt(i));
  expect(stripReader(from(numbers))).toBeDefined();
  expect(stripReader(Float64Array.from(numbers))).toBeUndefined();
  const [vectors, loops] = [from(numbers), Float64Array.from(numbers)].map((values) => {
    const seen = new Seen(100);
    return { seen, blocks: summarise(planeOfMatrix(values, rows, cols), seen) };
  }) as [{ seen: Seen; blocks: object }, { seen: Seen; blocks: object }];
  const plain = (blocks: object) =>
    Object.fromEntries(Object.entries(blocks).map(([name, all]) => [name, all.length ? [...all] : all]));
  expect(plain(vectors.blocks)).toEqual(plain(loops.blocks));
  expect(vectors.seen).toEqual(loops.seen);
  expect(loops.seen).toMatchObject({ min: -0, max: 163, zero: 19, nan: 20, positiveInfinity: 20 });
});

test("rows that lie apart, and statistics of many values, odd ones among them", () => {
  const x = Float32Array.from({ length: 300_001 }, (_, i) => valueAt(i));
  expect(statisticsOf(x, sampleOf(x))).toEqual(statisticsOf(Float64Array.from(x), sampleOf(x)));
  const part = { ...planeOfMatrix(x, 16, 500), start: 3, rowStride: 1000 };
  const alone = Float32Array.from(
    { length: 16 * 500 },
    (_, i) => x[3 + Math.floor(i / 500) * 1000 + (i % 500)]!,
  );
  expect(summarise(part)).toEqual(summarise(planeOfMatrix(alone, 16, 500)));
});
