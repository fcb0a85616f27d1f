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

/** Slices side by side as they are drawn: so many rows and columns of each are under a cell. */
export interface Drawn extends Values {
  readonly pool: readonly [rows: number, cols: number];
}

/** Of all slices side by side, one after the other: exact, and of too many values exactly the cells that are drawn. */
export async function valuesOfMontage(look: Look, drawn: Drawn): Promise<Values> {
  const { facets, axes } = look.choices;
  const { sides } = look;
  const places = placesAlong(look.payload.shape, facets);
  const isAll = places.length * sides.rows * sides.cols <= MOST_VALUES;
  const { pool, rows, cols } = isAll ? { pool: [1, 1] as const, ...sides } : drawn;
  const values = new Float64Array(places.length * rows * cols);
  for (const [i, place] of places.entries()) {
    const part = values.subarray(i * rows * cols, (i + 1) * rows * cols);
    if (!(await fill(part, look, axesAt(axes, facets, place), wholeOf(sides), pool))) return drawn;
  }
  return { values, rows, cols };
}

/** Asks for the exact cells of a rectangle, by default its values; false where the kernel does not give them. */
async function fill(
  values: Float64Array,
  look: Look,
  axes: Axes,
  at: Rect,
  pool: Drawn["pool"] = [1, 1],
): Promise<boolean> {
  const [down, across] = pool;
  const width = Math.ceil(at.cols / across);
  const cols = Math.min(width, MOST_PER_MESSAGE) * across;
  const rows = Math.max(1, Math.floor((MOST_PER_MESSAGE * across) / cols)) * down;
  for (let row = 0; row < at.rows; row += rows) {
    for (let col = 0; col < at.cols; col += cols) {
      const rect = {
        row: at.row + row,
        col: at.col + col,
        rows: Math.min(rows, at.rows - row),
        cols: Math.min(cols, at.cols - col),
      };
      const wanted = { kind: "float" } as const;
      const { reduce } = look.choices;
      const query: TensorQuery = { ask: "cells", axes, rects: [rect], pool, reduce, wanted, squares: false };
      const reply = await look.live.ask("export", query);
      if (reply.kind !== "result") return false;
      const part = cellsDecoder((reply.result as CellsResult).encoding, wanted)(reply.buffers[0]!);
      const [first, wide] = [(row / down) * width + col / across, Math.ceil(rect.cols / across)];
      for (let i = 0; i < part.length; i++)
        values[first + Math.floor(i / wide) * width + (i % wide)] = part[i]!;
    }
  }
  return true;
}
