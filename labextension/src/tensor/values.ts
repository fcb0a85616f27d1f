/** The exact values of what is in view, asked of the kernel in parts. */
import type { Axes, CellsResult, Rect, TensorQuery } from "nnsight-ts/display";
import { cellsDecoder } from "../cells.ts";
import { axesAt, placesAlong, wholeOf } from "./choices.ts";
import type { Look } from "./look.ts";

/** As many values as a page takes without trouble. */
export const MOST_VALUES = 1 << 24;
const MOST_PER_MESSAGE = 120_000;

export interface Values {
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly cols: number;
}

/** Once these are exact: the cells as they are drawn, where there is no kernel or there are too many values. */
export async function valuesInView(look: Look): Promise<Values> {
  await look.settled();
  const { axes, view } = look.scene;
  const { at } = view;
  const drawn = { values: view.values, rows: view.rows, cols: view.cols };
  if (view.pool.every((n) => n === 1) || !look.live.canAsk || at.rows * at.cols > MOST_VALUES) return drawn;
  const values = new Float64Array(at.rows * at.cols);
  return (await fill(values, look, axes, at)) ? { values, rows: at.rows, cols: at.cols } : drawn;
}

/** Of all slices side by side, one after the other: exact, or the cells as they are drawn. */
export async function valuesOfMontage(look: Look, drawn: Values): Promise<Values> {
  const { facets, axes } = look.choices;
  const { rows, cols } = look.sides;
  const places = placesAlong(look.payload.shape, facets);
  if (places.length * rows * cols > MOST_VALUES) return drawn;
  const values = new Float64Array(places.length * rows * cols);
  for (const [i, place] of places.entries()) {
    const part = values.subarray(i * rows * cols, (i + 1) * rows * cols);
    if (!(await fill(part, look, axesAt(axes, facets, place), wholeOf(look.sides)))) return drawn;
  }
  return { values, rows, cols };
}

/** Asks for the exact values of a rectangle; false where the kernel does not give them. */
async function fill(values: Float64Array, look: Look, axes: Axes, at: Rect): Promise<boolean> {
  const cols = Math.min(at.cols, MOST_PER_MESSAGE);
  const rows = Math.max(1, Math.floor(MOST_PER_MESSAGE / cols));
  for (let row = 0; row < at.rows; row += rows) {
    for (let col = 0; col < at.cols; col += cols) {
      const rect = {
        row: at.row + row,
        col: at.col + col,
        rows: Math.min(rows, at.rows - row),
        cols: Math.min(cols, at.cols - col),
      };
      const wanted = { kind: "float" } as const;
      const query: TensorQuery = {
        ask: "cells",
        axes,
        rects: [rect],
        pool: [1, 1],
        reduce: "absmax",
        wanted,
        squares: false,
      };
      const reply = await look.live.ask("export", query);
      if (reply.kind !== "result") return false;
      const part = cellsDecoder((reply.result as CellsResult).encoding, wanted)(reply.buffers[0]!);
      for (let i = 0; i < part.length; i++)
        values[(row + Math.floor(i / rect.cols)) * at.cols + col + (i % rect.cols)] = part[i]!;
    }
  }
  return true;
}
