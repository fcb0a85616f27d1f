/** Cells as numbers and as pixels: out of notebooks and messages, onto a canvas. */
import type { CellEncoding, Preview, Wanted } from "nnsight-ts/display";
import type { Colour } from "./palette.ts";

/** Numbers out of what a notebook keeps. */
export function decodePreview({ encoding, data }: Pick<Preview, "encoding" | "data">): ArrayLike<number> {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  if (encoding === "uint8") return bytes;
  if (encoding === "float32") return new Float32Array(bytes.buffer);
  if (encoding === "float64") return new Float64Array(bytes.buffer);
  const bits = new Uint32Array(bytes.length / 3);
  for (let i = 0; i < bits.length; i++) {
    bits[i] = (bytes[3 * i]! << 8) | (bytes[3 * i + 1]! << 16) | (bytes[3 * i + 2]! << 24);
  }
  return new Float32Array(bits.buffer);
}

/** Numbers out of a buffer, wherever it begins. */
export function decodeCells(buffer: DataView, encoding: CellEncoding, wanted: Wanted): ArrayLike<number> {
  if (encoding === "float64") return new Float64Array(copied(buffer));
  if (encoding === "float32") return new Float32Array(copied(buffer));
  const bytes = new Uint8Array(copied(buffer));
  const { lo, hi } = wanted.kind === "uint8" ? wanted : { lo: 0, hi: 254 };
  const numbers = Float32Array.from({ length: 256 }, (_, step) => lo + ((step - 1) / 254) * (hi - lo));
  numbers[0] = Number.NaN;
  const cells = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) cells[i] = numbers[bytes[i]!]!;
  return cells;
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
