import type { FigurePayload } from "nnsight-ts/display";
import { expect, test } from "vitest";
import { find } from "./find.ts";

const base64 = (numbers: ArrayBufferView): string =>
  btoa(String.fromCharCode(...new Uint8Array(numbers.buffer as ArrayBuffer)));
const linear = (from: number, to: number) => ({ kind: "linear", from, to }) as const;
const frame = { left: 100, top: 10, width: 200, height: 100 };

test("the nearest point of any trace, within reach", () => {
  const payload: FigurePayload = {
    data: [
      { name: "a", x: [0, 1, 2], y: [0, 5, 10] },
      { name: "b", y: { dtype: "f4", bdata: base64(Float32Array.of(10, 10, 0)) } },
    ],
    layout: {},
    plot: { ...frame, x: linear(0, 2), y: linear(0, 10) },
  };
  expect(find(payload, [205, 62])).toMatchObject({ trace: 0, name: "a", x: 1, y: 5, at: [200, 60] });
  expect(find(payload, [298, 108])).toMatchObject({ trace: 1, name: "b", x: 2, y: 0 });
  expect(find(payload, [250, 108])).toBeUndefined();
  expect(find(payload, [99, 60])).toBeUndefined();
});

test("the cell of a heatmap, whichever way its rows go", () => {
  const z = { dtype: "u1", bdata: base64(Uint8Array.of(1, 2, 3, 4)), shape: "2,2" };
  const heat = { lo: 0, hi: 4, palette: "sequential" } as const;
  const at = (y: ReturnType<typeof linear>) =>
    find(
      { data: [{ type: "heatmap", z }], layout: {}, plot: { ...frame, x: linear(-0.5, 1.5), y, heat } },
      [290, 20],
    );
  expect(at(linear(-0.5, 1.5))).toMatchObject({ x: 1, y: 1, z: 4, at: [200, 10], size: [100, 50] });
  expect(at(linear(1.5, -0.5))).toMatchObject({ x: 1, y: 0, z: 2 });
});

test("words and powers of ten have places", () => {
  const payload: FigurePayload = {
    data: [{ type: "bar", x: ["a", "b"], y: [1, 100] }],
    layout: {},
    plot: {
      ...frame,
      x: { kind: "category", from: -0.5, to: 1.5, words: ["a", "b"] },
      y: { kind: "log", from: 0, to: 2 },
    },
  };
  expect(find(payload, [251, 90])).toMatchObject({ x: "b", y: 100, at: [250, 10] });
});
