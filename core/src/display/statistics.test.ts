import { expect, test } from "vitest";
import { SAMPLE, sampleOf } from "./sample.ts";
import { statisticsOf } from "./statistics.ts";

test("of the finite values, the rest counted", () => {
  const x = Float32Array.from([1, -2, 0, 3, Number.NaN, Infinity, -Infinity, -Infinity]);
  expect(statisticsOf(x, sampleOf(x))).toEqual({
    count: 8,
    min: -2,
    max: 3,
    mean: 0.5,
    std: 2.081666,
    medianSize: 2,
    p99Size: 3,
    zero: 1,
    nan: 1,
    positiveInfinity: 1,
    negativeInfinity: 2,
    approximate: false,
  });
});

test("the spread survives a mean far from zero", () => {
  const x = Float64Array.from({ length: 1000 }, (_, i) => 1e9 + (i % 2));
  expect(statisticsOf(x, sampleOf(x)).std).toBeCloseTo(0.50025, 4);
});

test("long stretches, with and without a value that is not finite, give the same", () => {
  const x = Float32Array.from({ length: 40_001 }, (_, i) => (i % 7) - 2);
  const [all, odd] = [x, x.with(20_001, Infinity)].map((values) => statisticsOf(values, sampleOf(values)));
  expect(all).toMatchObject({ min: -2, max: 4, mean: 0.99985, zero: 5715, positiveInfinity: 0 });
  expect(odd).toMatchObject({ min: -2, max: 4, mean: 0.999875, zero: 5714, positiveInfinity: 1 });
  expect(odd!.std).toBeCloseTo(all!.std!, 3);
});

test("one value has no spread, none has nothing", () => {
  const one = Float32Array.of(5);
  expect(statisticsOf(one, sampleOf(one))).toMatchObject({ mean: 5, std: null, medianSize: 5 });
  const none = Float32Array.of(Number.NaN);
  expect(statisticsOf(none, sampleOf(none))).toMatchObject({
    mean: null,
    min: null,
    medianSize: null,
    nan: 1,
  });
});

test("quantiles of many values come from a sample and say so", () => {
  const x = Float32Array.from({ length: 8 * SAMPLE }, (_, i) => i % 1024);
  const { approximate, medianSize, p99Size, max } = statisticsOf(x, sampleOf(x));
  expect(approximate).toBe(true);
  expect(max).toBe(1023);
  expect(Math.abs(medianSize! - 512)).toBeLessThan(8);
  expect(Math.abs(p99Size! - 1013)).toBeLessThan(4);
});
