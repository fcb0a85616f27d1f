/** The exact values of what is in view, asked of the kernel in parts. */
import type { CellsResult, TensorQuery } from "nnsight-ts/display";
import { decodeCells } from "../cells.ts";
import type { Look } from "./look.ts";

/** As many values as a page takes without trouble. */
export const MOST_VALUES = 1 << 24;
const MOST_PER_MESSAGE = 120_000;

export interface Values {
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly cols: number;
}

/** The cells as they are drawn, where there is no kernel or there are too many values. */
export async function valuesInView(look: Look): Promise<Values> {
  const { axes, view } = look.scene;
  const { at } = view;
  const drawn = { values: view.values, rows: view.rows, cols: view.cols };
  if (view.pool.every((n) => n === 1) || !look.live.canAsk || at.rows * at.cols > MOST_VALUES) return drawn;
  const values = new Float64Array(at.rows * at.cols);
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
      };
      const reply = await look.live.ask("export", query);
      if (reply.kind !== "result") return drawn;
      const part = decodeCells(reply.buffers[0]!, (reply.result as CellsResult).encoding, wanted);
      for (let i = 0; i < part.length; i++)
        values[(row + Math.floor(i / rect.cols)) * at.cols + col + (i % rect.cols)] = part[i]!;
    }
  }
  return { values, rows: at.rows, cols: at.cols };
}
