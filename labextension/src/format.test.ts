import { expect, test } from "vitest";
import { formatBytes, formatInteger, formatNumber, formatScalar, formatTick, formatValue } from "./format.ts";

test("three significant digits, a true minus, a thin space, an exponent where it would be long", () => {
  const numbers = [0, 0.0868, -10.7, 999.4, 999.6, 1043.7, -218.4, 0.00012, 49151, 1.234e9, 1, -1e-8];
  expect(numbers.map(formatNumber)).toEqual(
    "0 0.0868 −10.7 999 1\u202f000 1\u202f044 −218 1.2e−4 49\u202f151 1.23e9 1.00 −1.0e−8".split(" "),
  );
  expect([Number.NaN, Infinity, -Infinity].map(formatNumber)).toEqual(["nan", "inf", "−inf"]);
});

test("values by their dtype", () => {
  expect(formatValue(1, "bool")).toBe("true");
  expect(formatValue(-1234567, "int64")).toBe("−1\u202f234\u202f567");
  expect(formatScalar(3.2189099788665771, "float32")).toBe("3.21891");
  expect(formatInteger(0)).toBe("0");
});

test("ticks without zeros at the end", () => {
  expect([-4, 0.5, 50000, 1e5, 2e-5, 0.8].map(formatTick)).toEqual([
    "−4",
    "0.5",
    "50\u202f000",
    "1e5",
    "2e−5",
    "0.8",
  ]);
});

test("bytes in steps of a thousand", () => {
  expect([80, 32256, 999_900, 113_246_208].map(formatBytes)).toEqual([
    "80 B",
    "32.3 kB",
    "1.00 MB",
    "113 MB",
  ]);
});
