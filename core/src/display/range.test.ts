import fc from "fast-check";
import { expect, test } from "vitest";
import { histogramOf } from "./histogram.ts";
import { colourRange, roundedUp } from "./range.ts";
import { sampleOf } from "./sample.ts";
import { statisticsOf } from "./statistics.ts";

const rangeOf = (values: number[]) => {
  const x = Float64Array.from(values);
  return colourRange(statisticsOf(x, sampleOf(x)));
};

test("rounds up to 1, 2, 4, 5 or 8", () => {
  expect([0.3, 1, 1.01, 3.7, 4.2, 6, 8.1, 0.0021, 1043.7].map(roundedUp)).toEqual([
    0.4, 1, 2, 4, 5, 8, 10, 0.004, 2000,
  ]);
});

test("symmetric for signed values, from zero for the others", () => {
  expect(rangeOf([-0.3, 0.2])).toEqual({ lo: -0.4, hi: 0.4, palette: "diverging" });
  expect(rangeOf([0, 7])).toEqual({ lo: 0, hi: 8, palette: "sequential" });
  expect(rangeOf([0, 0])).toEqual({ lo: 0, hi: 1, palette: "sequential" });
  expect(rangeOf([])).toEqual({ lo: 0, hi: 1, palette: "sequential" });
});

test("an outlier does not stretch it; what is beyond counts at the ends", () => {
  const values = [...Array.from({ length: 999 }, (_, i) => Math.sin(i)), 1044];
  const range = rangeOf(values);
  expect(range.hi).toBe(2);
  const bins = histogramOf(Float64Array.from(values), range);
  expect(bins.at(-1)).toBe(1);
  expect(bins.reduce((a, b) => a + b)).toBe(1000);
});

test("is never less than its number and never a fraction more than twice it", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
      const up = roundedUp(x);
      return up >= x && up <= 2.0000001 * x;
    }),
  );
});
