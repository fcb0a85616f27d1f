import { expect, test } from "vitest";
import { tensor } from "../../trace/create.ts";
import { figure } from "./figure.ts";
import { FIGURE_MIME, type FigurePayload, figureBundle, PLOTLY_MIME } from "./payload.ts";
import { binsOf } from "./sample.ts";
import { scaleOf, ticksOf } from "./scale.ts";
import type { FigureSpec } from "./spec.ts";

const payloadOf = (spec: FigureSpec): FigurePayload => figureBundle(spec)[FIGURE_MIME] as FigurePayload;

const numbersOf = (packed: unknown): number[] => {
  const { dtype, bdata } = packed as { dtype: string; bdata: string };
  const bytes = Uint8Array.from(atob(bdata), (letter) => letter.charCodeAt(0));
  const all = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };
  return Array.from(new all[dtype as "f4"](bytes.buffer));
};

const svgOf = (spec: FigureSpec): string => String(figureBundle(spec)["image/svg+xml"]);

test("short arrays are lists, long ones typed arrays that keep every number; NaN is missing", () => {
  const whole = Array.from({ length: 300 }, (_, i) => i - 5);
  const halves = whole.map((i) => i / 2);
  const tenths = whole.map((i) => i / 10);
  const { data } = payloadOf({
    data: [{ x: whole, y: halves, customdata: tenths }, { y: [1, Number.NaN, 3] }],
  });
  expect(data[0]!.x).toMatchObject({ dtype: "i4" });
  expect(data[0]!.y).toMatchObject({ dtype: "f4" });
  expect(data[0]!.customdata).toMatchObject({ dtype: "f8" });
  expect(numbersOf(data[0]!.x)).toEqual(whole);
  expect(numbersOf(data[0]!.customdata)).toEqual(tenths);
  expect(data[1]!.y).toEqual([1, null, 3]);
});

test("tensors stand where arrays do; a matrix carries its shape", () => {
  const { data } = payloadOf({
    data: [
      {
        type: "heatmap",
        z: tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      },
      { marker: { size: tensor([4, 8]) }, y: [1, 2] },
    ],
  });
  expect(data[0]!.z).toMatchObject({ shape: "2,3" });
  expect(numbersOf(data[0]!.z)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(data[1]!.marker).toEqual({ size: [4, 8] });
});

test("a million points stay within 64 KB, with their peak, and it is said", () => {
  const y = new Float64Array(1_000_000);
  y[654_321] = 77.5;
  const bundle = figureBundle({ data: [{ y }] });
  expect(JSON.stringify(bundle).length).toBeLessThanOrEqual(64 * 1024);
  const { data, sampled } = bundle[FIGURE_MIME] as FigurePayload;
  expect(sampled?.of).toBe(1_000_000);
  const shown = numbersOf(data[0]!.y);
  expect(shown.length).toBe(sampled?.shown);
  expect(Math.max(...shown)).toBe(77.5);
});

test("sampled points keep their own x", () => {
  const y = new Float64Array(200_000);
  y[150_000] = 9;
  const { data } = payloadOf({ data: [{ y }] });
  const [xs, ys] = [numbersOf(data[0]!.x), numbersOf(data[0]!.y)];
  expect(xs[ys.indexOf(9)]).toBe(150_000);
});

test("a large heatmap keeps the value of largest size, and its labels", () => {
  const z = Array.from({ length: 500 }, () => new Float64Array(500));
  z[123]![456] = -8;
  const { data, sampled } = payloadOf({ data: [{ type: "heatmap", z }] });
  expect(sampled?.of).toBe(250_000);
  const [values, xs] = [numbersOf(data[0]!.z), numbersOf(data[0]!.x)];
  const at = values.indexOf(-8);
  expect(at).toBeGreaterThan(-1);
  expect(Math.abs(xs[at % xs.length]! - 456)).toBeLessThan(10);
});

test("a large histogram is counted over all of its values", () => {
  const x = Float64Array.from({ length: 100_000 }, (_, i) => i % 1000);
  const { data } = payloadOf({ data: [{ type: "histogram", x }] });
  expect(data[0]!.type).toBe("bar");
  expect(numbersOf(data[0]!.y).reduce((sum, n) => sum + n)).toBe(100_000);
  expect(binsOf([1, 2, 3, 4, Number.NaN], 2)).toEqual({ edges: [1, 2.5, 4], counts: [2, 2] });
});

test("the picture has a path through the points, and words stay text", () => {
  const svg = svgOf({
    data: [{ x: [0, 1], y: [0, 1], name: "<b>&", mode: "lines" }],
    layout: { title: "<i>" },
  });
  expect(svg).toContain("&#60;b&#62;&#38;");
  expect(svg).not.toMatch(/<b>|<i>/);
  const [x0, y0, x1, y1] = /d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/
    .exec(svg)!
    .slice(1)
    .map(Number) as number[];
  expect(x1! - x0!).toBeCloseTo(576 / 1.04, 0);
  expect(y0!).toBeGreaterThan(y1!);
});

test("bars begin at zero, and are as high as their values", () => {
  const svg = svgOf({ data: [{ type: "bar", x: ["a", "b", "c"], y: [1, 2, -1] }] });
  const heights = [...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)"\/>/g)]
    .map((match) => Number(match[1]))
    .slice(-3);
  expect(heights[1]! / heights[0]!).toBeCloseTo(2, 1);
  expect(heights[2]! / heights[0]!).toBeCloseTo(1, 1);
});

test("axes: round ticks, powers of ten, words, a reversed axis", () => {
  const linear = scaleOf(undefined, [{ numbers: [0, 97] }], 0);
  expect(ticksOf(linear, 5).map(({ label }) => label)).toEqual(["0", "20", "40", "60", "80"]);
  const log = scaleOf({ type: "log" }, [{ numbers: [0.01, 0, 100] }], 0);
  expect(log).toMatchObject({ from: -2, to: 2 });
  expect(ticksOf(log, 4).map(({ label }) => label)).toEqual(["0.01", "0.1", "1", "10", "100"]);
  const words = scaleOf({ autorange: "reversed" }, [{ words: ["a", "b"] }], 0);
  expect(words).toMatchObject({ kind: "category", from: 1.5, to: -0.5 });
});

test("small figures also carry plotly.js's own form; other kinds of traces say who draws them", () => {
  const bundle = figureBundle({ data: [{ type: "pie", values: [1, 2] } as never, { y: [1] }] });
  expect(bundle[PLOTLY_MIME]).toEqual({ data: [{ type: "pie", values: [1, 2] }, { y: [1] }], layout: {} });
  expect(bundle["image/svg+xml"]).toContain("pie: drawn by plotly.js only");
});

test("errors name what is wrong", () => {
  const show = (spec: unknown) => () =>
    (figure(spec as FigureSpec) as unknown as Record<symbol, () => unknown>)[
      Symbol.for("Jupyter.display")
    ]!();
  expect(show({})).toThrow("`data` is no list of traces");
  expect(show({ data: [{ type: "heatmap", z: [[1, 2], [3]] }] })).toThrow(
    "data[0].z has 2 values in row 0 and 1 in row 1",
  );
});

test("a word at an axis is cut where its room ends: few have much, those beside the axis as much as the margin", () => {
  const bars = (count: number) => {
    const x = Array.from({ length: count }, (_, i) => `without the ${i} strongest`);
    return svgOf({ data: [{ type: "bar", x, y: x.map((_, i) => i) }] });
  };
  expect(bars(3)).toContain(">without the 2 strongest<");
  expect(bars(8)).toContain(">without the…<");
  expect(svgOf({ data: [{ x: [1, 2], y: ["double.output", "input"] }] })).toContain(">double.ou…<");
});
