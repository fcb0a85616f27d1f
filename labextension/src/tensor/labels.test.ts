import type { TensorPayload } from "nnsight-ts/display";
import { expect, test } from "vitest";
import { binaryStep, decimalStep, endsAndPlaces, placesIn } from "../ticks.ts";
import { tokenText } from "../token.ts";
import { counted, shortName } from "./axes.ts";
import { printerOf } from "./print.ts";

test("tokens are cut, with the leading space and line breaks made visible", () => {
  expect(tokenText(" Mary")).toEqual({ space: true, text: "Mary" });
  expect(tokenText(" hospitals")).toEqual({ space: true, text: "hospit…" });
  expect(tokenText("\n\n")).toEqual({ space: false, text: "⏎⏎" });
});

test("ticks", () => {
  expect(endsAndPlaces(0, 576, binaryStep(42))).toEqual([0, 64, 128, 192, 256, 320, 384, 448, 512, 575]);
  expect(placesIn(0, 12, decimalStep(1.2))).toEqual([0, 2, 4, 6, 8, 10]);
  expect(decimalStep(1536)).toBe(2000);
  expect(endsAndPlaces(612, 288, 64)).toEqual([612, 640, 704, 768, 832, 896, 899]);
});

test("counts of things", () => {
  expect([counted(1, "row"), counted(2, "feature"), counted(3, "query"), counted(2, "keys")]).toEqual([
    "1 row",
    "2 features",
    "3 queries",
    "2 keys",
  ]);
  expect(shortName("head dimension")).toBe("head dime…");
});

const printed = (dtype: string, palette: string, max: number, values: number[]): string[] =>
  values.map(
    printerOf({ dtype, range: { palette, hi: max, lo: 0 }, statistics: { max } } as unknown as TensorPayload),
  );

test("values in cells are short", () => {
  expect(printed("float32", "diverging", 5, [-0.411, 0.0051, 1.05, -1043.7, 2e-5, -123456])).toEqual(
    "−.411 .0051 1.05 −1\u202f044 2.0e−5 −1.2e5".split(" "),
  );
  expect(printed("float32", "sequential", 1, [0, 0.04, 0.424, 1])).toEqual(["", "", ".42", "1"]);
  expect(printed("int64", "sequential", 1, [49151, 1234567])).toEqual(["49\u202f151", "1.2e6"]);
});
