/** Cells as bytes for the wire, little-endian as every machine we run on. */
import type { Wanted } from "./queries.ts";

/** Steps of a colour range in a byte; 0 is left for missing values. */
const STEPS = 254;

export function packed(cells: Float64Array, encoding: "float32" | "float64", wanted: Wanted): Uint8Array {
  if (wanted.kind === "uint8") return quantised(cells, wanted.lo, wanted.hi);
  const numbers = encoding === "float64" ? cells : Float32Array.from(cells);
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function quantised(cells: Float64Array, lo: number, hi: number): Uint8Array {
  const bytes = new Uint8Array(cells.length);
  const scale = STEPS / (hi - lo);
  for (let i = 0; i < cells.length; i++) {
    const value = cells[i]!;
    if (Number.isNaN(value)) continue;
    const step = (value - lo) * scale;
    bytes[i] = step > 0 ? 1.5 + Math.min(STEPS, step) : 1; // an array of bytes cuts off what is behind the point
  }
  return bytes;
}
