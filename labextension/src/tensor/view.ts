/** Cells as numbers, and the places of the tensor that they stand for. */
import type { Preview, Rect } from "nnsight-ts/display";
import { decodePreview } from "../cells.ts";
import type { Place } from "../cursor.ts";

export interface View {
  readonly rows: number;
  readonly cols: number;
  /** Row by row; NaN where a value is missing. */
  readonly values: ArrayLike<number>;
  /** How many rows and columns of the tensor are under a cell. */
  readonly pool: readonly [rows: number, cols: number];
  /** The rows and columns of the tensor that the cells cover. */
  readonly at: Rect;
}

export interface Cell {
  readonly row: number;
  readonly col: number;
}

export type { Place } from "../cursor.ts";

export const valueAt = (view: View, { row, col }: Cell): number => view.values[row * view.cols + col]!;

/** The first place under a cell. */
export const placeOf = ({ at, pool }: View, { row, col }: Cell): Place => ({
  row: at.row + row * pool[0],
  col: at.col + col * pool[1],
});

/** The cell over a place, if it is in view. */
export function cellOf({ at, pool }: View, { row, col }: Place): Cell | undefined {
  const inside = row >= at.row && row < at.row + at.rows && col >= at.col && col < at.col + at.cols;
  if (!inside) return undefined;
  return { row: Math.floor((row - at.row) / pool[0]), col: Math.floor((col - at.col) / pool[1]) };
}

/** What the notebook keeps, of a slice of that many rows and columns. */
export const viewOf = (preview: Preview, rows: number, cols: number): View => ({
  rows: preview.rows,
  cols: preview.cols,
  pool: preview.pool,
  at: { row: 0, col: 0, rows, cols },
  values: decodePreview(preview),
});

/** The same view in at most so many columns; a cell takes the value of largest size. */
export function fitColumns(view: View, most: number): View {
  const across = Math.ceil(view.cols / Math.max(1, most));
  if (across === 1) return view;
  const cols = Math.ceil(view.cols / across);
  const values = new Float64Array(view.rows * cols).fill(Number.NaN);
  for (let i = 0; i < view.values.length; i++) {
    const cell = Math.floor(i / view.cols) * cols + Math.floor((i % view.cols) / across);
    const [value, kept] = [view.values[i]!, values[cell]!];
    if (Number.isNaN(kept) || Math.abs(value) > Math.abs(kept)) values[cell] = value;
  }
  return { rows: view.rows, cols, values, pool: [view.pool[0], view.pool[1] * across], at: view.at };
}

/** A part of a view of single values. */
export function cropped(view: View, at: Rect): View {
  if (at.rows === view.rows && at.cols === view.cols) return view;
  const values = new Float64Array(at.rows * at.cols);
  for (let i = 0; i < values.length; i++) {
    const [row, col] = [at.row + Math.floor(i / at.cols), at.col + (i % at.cols)];
    values[i] = view.values[row * view.cols + col]!;
  }
  return { rows: at.rows, cols: at.cols, values, pool: [1, 1], at };
}

/** The cell of largest size. */
export function largestCell({ values, cols }: View): Cell {
  let at = 0;
  for (let i = 1; i < values.length; i++) {
    if (Math.abs(values[i]!) > Math.abs(values[at]!) || Number.isNaN(values[at]!)) at = i;
  }
  return { row: Math.floor(at / cols), col: at % cols };
}
