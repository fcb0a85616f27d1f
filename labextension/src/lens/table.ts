/** The guesses of a lens as numbers and words, out of what the notebook keeps. */
import type { LogitLensPayload } from "nnsight-ts/display";

export interface Guess {
  readonly word: string;
  readonly probability: number;
}

export interface Table {
  readonly rows: number;
  readonly cols: number;
  /** From the likeliest down. */
  guesses(row: number, col: number): Guess[];
}

export function tableOf(payload: LogitLensPayload): Table {
  const { layers, positions, top, words } = payload;
  const [cells, shares] = [uint16Of(payload.cells), uint16Of(payload.probabilities)];
  return {
    rows: layers.length,
    cols: positions,
    guesses: (row, col) =>
      Array.from({ length: top }, (_, i) => {
        const at = (row * positions + col) * top + i;
        return { word: words[cells[at]!] ?? "", probability: shares[at]! / 65535 };
      }).filter(({ probability }, i) => i === 0 || probability > 0),
  };
}

function uint16Of(data: string): Uint16Array {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

/** The first row from which on a column always has the guess of its last row on top. */
export function settledRow(table: Table, col: number): number {
  const answer = table.guesses(table.rows - 1, col)[0]?.word;
  let row = table.rows - 1;
  while (row > 0 && table.guesses(row - 1, col)[0]?.word === answer) row--;
  return row;
}

/** The rows that are drawn: every so many, counted from the last, which is always there. */
export const rowsShown = (rows: number, every: number): number[] =>
  Array.from({ length: rows }, (_, row) => row).filter((row) => (rows - 1 - row) % every === 0);

/** How many rows a table has at rest. */
const CALM = 12;

export const usualStep = (rows: number): number => Math.max(1, Math.ceil(rows / CALM));
