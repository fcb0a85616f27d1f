/** Cells as numbers and as pixels: out of notebooks and messages, onto a canvas. */
import type { CellEncoding, Preview, Wanted } from "nnsight-ts/display";
import type { Colour } from "./palette.ts";

/** Row by row; NaN where a value is missing. */
export type CellValues = Float32Array | Float64Array | Uint8Array;

/** Numbers out of what a notebook keeps. */
export function decodePreview({ encoding, data }: Pick<Preview, "encoding" | "data">): CellValues {
  const letters = atob(data);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  if (encoding === "uint8") return bytes;
  if (encoding === "float32") return new Float32Array(bytes.buffer);
  if (encoding === "float64") return new Float64Array(bytes.buffer);
  const bits = new Uint32Array(bytes.length / 3);
  for (let i = 0; i < bits.length; i++) {
    bits[i] = (bytes[3 * i]! << 8) | (bytes[3 * i + 1]! << 16) | (bytes[3 * i + 2]! << 24);
  }
  return new Float32Array(bits.buffer);
}

/** Makes numbers out of each buffer of an answer, wherever it begins. */
export function cellsDecoder(encoding: CellEncoding, wanted: Wanted): (buffer: DataView) => CellValues {
  if (encoding === "float64") return (buffer) => new Float64Array(copied(buffer));
  if (encoding === "float32") return (buffer) => new Float32Array(copied(buffer));
  const { lo, hi } = wanted.kind === "uint8" ? wanted : { lo: 0, hi: 254 };
  const numbers = Float32Array.from({ length: 256 }, (_, step) => lo + ((step - 1) / 254) * (hi - lo));
  numbers[0] = Number.NaN;
  return ({ buffer, byteOffset, byteLength }) => {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const cells = new Float32Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) cells[i] = numbers[bytes[i]!]!;
    return cells;
  };
}

export const copied = ({ buffer, byteOffset, byteLength }: DataView): ArrayBuffer =>
  buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;

/** Puts cells on a canvas, a pixel each; a missing one lets the page through. */
export function paintCells(
  context: CanvasRenderingContext2D,
  values: ArrayLike<number>,
  cols: number,
  x: number,
  y: number,
  palette: readonly Colour[],
  { lo, hi }: { readonly lo: number; readonly hi: number },
): void {
  const image = context.createImageData(cols, values.length / cols);
  const reach = hi - lo;
  const pixels = new Uint32Array(image.data.buffer);
  const inks = Uint32Array.from(palette, ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const at = Math.round(((value - lo) / reach) * 255);
    pixels[i] = inks[at > 0 ? Math.min(255, at) : 0]!;
  }
  context.putImageData(image, x, y);
}
