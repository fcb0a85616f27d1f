import fc from "fast-check";
import { expect, test } from "vitest";
import { unshuffleRows } from "./unshuffle.ts";

/** What llama.cpp's converter does: reshape(heads, 2, half, width), swap the middle axes, reshape back. */
function shuffle(values: Float32Array, width: number, headRows: number): Float32Array {
  const half = headRows / 2;
  const out = new Float32Array(values.length);
  for (let row = 0; row < values.length / width; row++) {
    const [head, inside] = [Math.floor(row / headRows), row % headRows];
    const [s, i] = [Math.floor(inside / half), inside % half];
    out.set(values.subarray(row * width, (row + 1) * width), (head * headRows + 2 * i + s) * width);
  }
  return out;
}

const small = fc.integer({ min: 1, max: 5 });

test("unshuffling undoes the shuffle of the converter", () => {
  fc.assert(
    fc.property(small, small, small, (heads, half, width) => {
      const values = Float32Array.from({ length: heads * 2 * half * width }, (_, i) => i);
      const shuffled = shuffle(values, width, 2 * half);
      unshuffleRows(shuffled, width, 2 * half);
      expect(shuffled).toEqual(values);
    }),
  );
});

test("a head of four rows", () => {
  const rows = Float32Array.of(0, 1, 2, 3);
  unshuffleRows(rows, 1, 4);
  expect([...rows]).toEqual([0, 2, 1, 3]);
});
