import type { TensorPayload } from "nnsight-ts/display";
import { expect, test } from "vitest";
import { cellsDecoder } from "../cells.ts";
import { withAxis } from "./choices.ts";
import { gridOf } from "./montage.ts";
import { npyOf } from "./npy.ts";
import { rangeOf } from "./range.ts";

test("an npy file is NumPy's, its numbers aligned", () => {
  const file = npyOf([1, 2, 3, 4, 5, 6], [2, 3], false);
  expect([...file.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const header = new TextDecoder().decode(file.subarray(10, file.length - 24));
  expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/);
  expect([file[8]! + 256 * file[9]!, (file.length - 24) % 64]).toEqual([header.length, 0]);
  expect([...new Float32Array(file.slice(-24).buffer)]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(new TextDecoder().decode(npyOf([1], [1], true).subarray(10))).toContain(
    "'<f8', 'fortran_order': False, 'shape': (1,)",
  );
});

test("cells of one byte become numbers of the range, missing ones stay so", () => {
  const bytes = new DataView(Uint8Array.of(9, 0, 1, 128, 255).buffer, 1);
  expect([...cellsDecoder("uint8", { kind: "uint8", lo: -4, hi: 4 })(bytes)]).toEqual([Number.NaN, -4, 0, 4]);
});

test("numbers are read wherever their bytes begin", () => {
  const bytes = new Uint8Array(9);
  bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
  expect([...cellsDecoder("float32", { kind: "float" })(new DataView(bytes.buffer, 1))]).toEqual([1.5, -2]);
});

const payload = (palette: string) =>
  ({
    dtype: "float32",
    range: { lo: -4, hi: 4, palette },
    statistics: { min: -218, max: 1043.7 },
  }) as unknown as TensorPayload;

test("ranges: usual, full, in view", () => {
  const cells = Float32Array.from({ length: 1000 }, (_, i) => (i === 5 ? 900 : (i % 10) / 10));
  expect(rangeOf("robust", payload("diverging"), cells)).toMatchObject({ lo: -4, hi: 4 });
  expect(rangeOf("full", payload("diverging"), cells)).toMatchObject({ lo: -2000, hi: 2000 });
  expect(rangeOf("view", payload("sequential"), cells)).toMatchObject({ lo: 0, hi: 2 });
  expect(rangeOf("view", payload("diverging"), [Number.NaN])).toMatchObject({ lo: -1, hi: 1 });
});

test("a dimension that takes the place of the other drawn one changes places with it", () => {
  const choices = { axes: { rowAxis: 1, colAxis: 2, fixed: [0, 0, 0] } } as unknown as Parameters<
    typeof withAxis
  >[0];
  expect(withAxis(choices, "rowAxis", 2)).toMatchObject({ rowAxis: 2, colAxis: 1 });
  expect(withAxis(choices, "colAxis", 0)).toMatchObject({ rowAxis: 1, colAxis: 0 });
});

test("pictures side by side take whole px a cell and stay within the card", () => {
  expect(gridOf([9], 14, 14, 820)).toEqual({ perLine: 6, width: 126, height: 126 });
  const both = gridOf([12, 12], 64, 64, 820);
  expect(both.perLine).toBe(12);
  expect(72 + both.perLine * (both.width + 8)).toBeLessThanOrEqual(828);
  expect(gridOf([30], 14, 576, 820).height).toBe(28);
});
