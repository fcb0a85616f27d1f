/** What each layer would say next at each position: what the viewer gets, and the picture for those who have none. */
import { encodeBase64 } from "../base64.ts";
import { cut, jsonBytes, MOST_BYTES, shortWhere } from "../json.ts";
import type { Where } from "../payload.ts";
import { DIM, painter, rect, sheet, text, tokenText } from "./svg.ts";
import type { Top } from "./top.ts";

export const LOGIT_LENS_MIME = "application/vnd.nnsight.logit-lens.v1+json";

export interface LogitLensPayload {
  readonly name?: string;
  readonly where?: Where;
  /** Which layers have a row, of how many. */
  readonly layers: readonly number[];
  readonly layerCount: number;
  /** The tokens of the last positions, of how many; empty when they are not known. */
  readonly tokens: readonly string[];
  readonly positions: number;
  readonly positionCount: number;
  readonly vocabulary: number;
  /** How many tokens are kept of each cell. */
  readonly top: number;
  /** What the words are that occur. */
  readonly words: readonly string[];
  /** For each cell, row by row, its words from the likeliest down: uint16 in base64. */
  readonly cells: string;
  /** Of each of those its probability in 65 535ths: uint16 in base64. */
  readonly probabilities: string;
}

export interface Lens {
  /** By layer, then by position. */
  readonly cells: readonly (readonly Top[])[];
  readonly layers: readonly number[];
  readonly tokens: readonly string[] | undefined;
  readonly vocabulary: number;
  readonly word: (id: number) => string;
  readonly name?: string | undefined;
  readonly where?: Where | undefined;
}

/** Gives up lesser guesses first, then layers between, then the first positions, until the JSON is small enough. */
export function logitLensPayload(lens: Lens, most: number): LogitLensPayload {
  const positions = lens.cells[0]!.length;
  for (let step = 0; ; step++) {
    const top = Math.max(1, most - step);
    const every = Math.min(4, Math.max(1, step - most + 2));
    const kept = Math.max(1, Math.floor(positions * 0.8 ** Math.max(0, step - most - 2)));
    const payload = partOf(lens, top, every, kept);
    if (kept === 1 || jsonBytes(payload) <= MOST_BYTES) return payload;
  }
}

function partOf(lens: Lens, top: number, every: number, positions: number): LogitLensPayload {
  const last = lens.cells.length - 1;
  const rows = lens.cells.map((_, row) => row).filter((row) => (last - row) % every === 0);
  const places = new Map<number, number>();
  const [cells, shares] = [[] as number[], [] as number[]];
  for (const row of rows)
    for (const { ids, probabilities } of lens.cells[row]!.slice(-positions))
      for (let i = 0; i < top; i++) {
        const id = ids[i] ?? ids.at(-1)!;
        if (!places.has(id)) places.set(id, places.size);
        cells.push(places.get(id)!);
        shares.push(Math.round((probabilities[i] ?? 0) * 65535));
      }
  const { name, where, tokens } = lens;
  return {
    ...(name !== undefined && { name: cut(name, 500) }),
    ...(where && { where: shortWhere(where) }),
    layers: rows.map((row) => lens.layers[row]!),
    layerCount: lens.cells.length,
    tokens: (tokens ?? []).slice(-positions).map((token) => cut(token, 24)),
    positions,
    positionCount: lens.cells[0]!.length,
    vocabulary: lens.vocabulary,
    top,
    words: Array.from(places.keys(), (id) => cut(lens.word(id), 24)),
    cells: base64Of(cells),
    probabilities: base64Of(shares),
  };
}

const base64Of = (numbers: readonly number[]): string =>
  encodeBase64(new Uint8Array(Uint16Array.from(numbers).buffer));

const [GUTTER, COLUMN, ROW, MOST_COLUMNS, MOST_ROWS] = [36, 58, 24, 24, 12];

/** The last positions, as many as have room; of many layers every second, third, …, and the last one. */
export function logitLensPicture(payload: LogitLensPayload): string {
  const { layers, tokens, positions, top, words } = payload;
  const [cells, shares] = [payload.cells, payload.probabilities].map(uint16Of) as [Uint16Array, Uint16Array];
  const first = Math.max(0, positions - MOST_COLUMNS);
  const paint = painter({ lo: 0, hi: 1, palette: "sequential" });
  const parts: string[] = [];
  for (let col = first; col < positions; col++) {
    const x = GUTTER + (col - first + 0.5) * COLUMN;
    parts.push(text(x, 12, tokenText(tokens[col] ?? String(col)), 'text-anchor="middle"'));
  }
  const every = Math.ceil(layers.length / MOST_ROWS);
  const rows = layers.map((_, row) => row).filter((row) => (layers.length - 1 - row) % every === 0);
  rows.forEach((row, line) => {
    const layer = layers[row]!;
    const y = 22 + line * ROW;
    parts.push(text(GUTTER - 8, y + 16, String(layer), `text-anchor="end" fill="${DIM}"`));
    for (let col = first; col < positions; col++) {
      const at = (row * positions + col) * top;
      const { fill, ink } = paint(shares[at]! / 65535);
      const x = GUTTER + (col - first) * COLUMN;
      const word = tokenText(words[cells[at]!]!);
      parts.push(rect(x, y, COLUMN - 1, ROW - 1, fill));
      parts.push(text(x + COLUMN / 2, y + 15, word, `text-anchor="middle" fill="${ink}"`));
    }
  });
  return sheet(GUTTER + (positions - first) * COLUMN + 24, 22 + rows.length * ROW + 24, parts);
}

const uint16Of = (data: string): Uint16Array =>
  new Uint16Array(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer);
