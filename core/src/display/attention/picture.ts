/** All heads side by side as a PNG, for readers without our viewer. */
import { decode } from "../decode.ts";
import { colours } from "../palette.ts";
import { encodePng } from "../png.ts";
import type { AttentionPayload } from "./payload.ts";
import type { AttentionPreview } from "./preview.ts";

const WIDTH = 640;
const GAP = 8;
const WIDEST_HEAD = 160;
const SHADES = 255;
const PAGE = 255;

export function attentionPicture({ preview, heads, causal }: AttentionPayload): Uint8Array {
  const { rows, cols } = preview;
  const columns = Math.min(heads.length, Math.ceil(Math.sqrt(heads.length * 1.5)));
  const room = Math.min(WIDEST_HEAD, Math.floor(WIDTH / columns) - GAP);
  const scale = Math.max(1, Math.floor(room / Math.max(rows, cols)));
  const [tileWidth, tileHeight] = [cols * scale + GAP, rows * scale + GAP];
  const width = columns * tileWidth - GAP;
  const height = Math.ceil(heads.length / columns) * tileHeight - GAP;
  const cells = unpackedHeads(preview, heads.length);
  const line = (y: number): Uint8Array => {
    const row = Math.floor((y % tileHeight) / scale);
    return Uint8Array.from({ length: width }, (_, x) => {
      const col = Math.floor((x % tileWidth) / scale);
      const head = Math.floor(y / tileHeight) * columns + Math.floor(x / tileWidth);
      const hidden = causal && col > row + cols - rows;
      if (row >= rows || col >= cols || head >= heads.length || hidden) return PAGE;
      const weight = cells[(head * rows + row) * cols + col]!;
      return Number.isNaN(weight) ? PAGE : Math.round(Math.min(1, Math.max(0, weight)) * (SHADES - 1));
    });
  };
  let last: { readonly key: number; readonly pixels: Uint8Array } | undefined;
  const lines = Array.from({ length: height }, (_, y) => {
    const key = Math.floor(y / tileHeight) * 1e6 + Math.floor((y % tileHeight) / scale);
    if (last?.key !== key) last = { key, pixels: line(y) };
    return last.pixels;
  });
  return encodePng({
    width,
    lines,
    palette: [...colours("sequential", SHADES), [255, 255, 255]],
    transparent: PAGE,
  });
}

/** Whole matrices again, with zeros where a mask hides. */
export function unpackedHeads(preview: AttentionPreview, heads: number): Float64Array {
  const { rows, cols, packed } = preview;
  const kept = decode(preview);
  const cells = new Float64Array(heads * rows * cols);
  for (let row = 0, at = 0; row < heads * rows; row++) {
    const length = packed ? (row % rows) + 1 : cols;
    cells.set(kept.subarray(at, at + length), row * cols);
    at += length;
  }
  return cells;
}
