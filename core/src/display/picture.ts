/** A preview as a plain heatmap, for GitHub, nbconvert and other readers without our viewer. */
import { decode } from "./decode.ts";
import { colours } from "./palette.ts";
import { encodePng } from "./png.ts";
import type { Preview } from "./preview.ts";
import type { ColourRange } from "./range.ts";

const WIDTH = 576;
const HEIGHT = 384;
const LARGEST = { width: 48, height: 16 };
/** An odd number of colours, so that zero has one of its own; the last entry of the palette is for missing values. */
const SHADES = 127;
const MISSING = 127;

/** So many cells are drawn at most, for the bytes of the picture: of more, the one of largest size in each block. */
const MOST_CELLS = 12_000;

export function drawPicture(preview: Preview, { lo, hi, palette }: ColourRange): Uint8Array {
  const { values, rows, cols } = coarse(decode(preview), preview.rows, preview.cols);
  const across = Math.min(LARGEST.width, Math.max(1, Math.floor(WIDTH / cols)));
  const down = Math.min(LARGEST.height, Math.max(1, Math.floor(HEIGHT / rows)));
  const shade = (value: number) =>
    Number.isNaN(value)
      ? MISSING
      : Math.round(Math.min(1, Math.max(0, (value - lo) / (hi - lo))) * (SHADES - 1));
  const line = (row: number) =>
    Uint8Array.from({ length: cols * across }, (_, x) => shade(values[row * cols + Math.floor(x / across)]!));
  return encodePng({
    width: cols * across,
    lines: Array.from({ length: rows }, (_, row) => line(row)).flatMap((pixels) => Array(down).fill(pixels)),
    palette: [...colours(palette, SHADES), [255, 255, 255]],
    transparent: MISSING,
  });
}

function coarse(values: ArrayLike<number>, rows: number, cols: number) {
  const by = Math.ceil(Math.sqrt((rows * cols) / MOST_CELLS));
  if (by <= 1) return { values, rows, cols };
  const [down, across] = [Math.ceil(rows / by), Math.ceil(cols / by)];
  const largest = new Float64Array(down * across).fill(Number.NaN);
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      const at = Math.floor(row / by) * across + Math.floor(col / by);
      const value = values[row * cols + col]!;
      if (!(Math.abs(value) <= Math.abs(largest[at]!)) && !Number.isNaN(value)) largest[at] = value;
    }
  return { values: largest, rows: down, cols: across };
}
