/** Which part of a slice is in view, and how finely: whole px for a value, or whole values for a px. */

import type { Rect } from "nnsight-ts/display";
import type { Sides } from "../cursor.ts";

/** The px there are, and the most that a value takes of them. */
export interface Space {
  readonly width: number;
  readonly height: number;
  readonly widest: number;
  readonly tallest: number;
  /** Whether pooled columns fill the width, though a cell then takes no whole px. */
  readonly isNarrow?: boolean;
}

export interface Detail {
  readonly at: Rect;
  readonly pool: readonly [rows: number, cols: number];
  readonly cellWidth: number;
  readonly cellHeight: number;
}

export type { Sides };

/** Beyond so many values the kernel reads blocks of 8 by 4, from afar of 32 by 8, so pools are multiples of these. */
const LARGE = 1 << 25;
const BLOCK = { rows: [8, 32], cols: [4, 8] };
const SINGLE = [1, 1];

/** The detail nearest to a window: a little more is shown, so that the space is used up. */
export function detailOf(
  window: Rect,
  sides: Sides,
  { width, height, widest, tallest, isNarrow }: Space,
): Detail {
  const large = sides.rows * sides.cols > LARGE;
  const down = along(window.row, window.rows, sides.rows, height, tallest, large ? BLOCK.rows : SINGLE);
  const across = along(window.col, window.cols, sides.cols, width, widest, large ? BLOCK.cols : SINGLE);
  return {
    at: { row: down.start, col: across.start, rows: down.count, cols: across.count },
    pool: [down.pool, across.pool],
    cellWidth: isNarrow && across.pool > 1 ? width / Math.ceil(across.count / across.pool) : across.cell,
    cellHeight: down.cell,
  };
}

/** So many coarse blocks and more are under a cell before their size matters little. */
const FAR = 3;

/** One direction: at least what is wanted, from a whole cell on, in cells of at least a px that fill the space. */
function along(
  start: number,
  wanted: number,
  total: number,
  px: number,
  largest: number,
  blocks: readonly number[],
) {
  const least = Math.ceil(wanted / px);
  const block = blocks[least >= FAR * blocks[1]! ? 1 : 0]!;
  const pool = least >= block / 2 && block > 1 ? Math.ceil(least / block) * block : least;
  const cell = Math.max(1, Math.min(largest, Math.floor(px / Math.ceil(wanted / pool))));
  const most = Math.min(total, Math.max(wanted, Math.floor(px / cell) * pool));
  const first = Math.floor(within(start, total - most) / pool) * pool;
  const count =
    start + most >= total ? total - first : Math.min(total - first, Math.ceil(most / pool) * pool);
  return { start: first, count: fitting(count, total - first, pool, Math.floor(px / cell)), pool, cell };
}

/** No more than the cells there is room for; the rest of the slice only where it ends there. */
const fitting = (count: number, rest: number, pool: number, cells: number): number =>
  Math.ceil(count / pool) > cells ? Math.min(rest, cells * pool) : count;

/** So many times as many values on one side as on the other. */
const CROWDED = 4;

/** So many times nearer (or farther, below 1) around a place, which stays where it is on the screen. */
export function zoomed(at: Rect, sides: Sides, factor: number, around: { row: number; col: number }): Rect {
  // Nearer, the side that is more crowded goes first, so that single values of both are reached together.
  const isTall = factor > 1 && at.rows >= CROWDED * at.cols;
  const isWide = factor > 1 && at.cols >= CROWDED * at.rows;
  const rows = between(1, Math.round(at.rows / (isWide ? 1 : factor)), sides.rows);
  const cols = between(1, Math.round(at.cols / (isTall ? 1 : factor)), sides.cols);
  const row = around.row - ((around.row - at.row) / at.rows) * rows;
  const col = around.col - ((around.col - at.col) / at.cols) * cols;
  return {
    row: within(Math.round(row), sides.rows - rows),
    col: within(Math.round(col), sides.cols - cols),
    rows,
    cols,
  };
}

export const moved = (at: Rect, sides: Sides, rows: number, cols: number): Rect => ({
  ...at,
  row: within(Math.round(at.row + rows), sides.rows - at.rows),
  col: within(Math.round(at.col + cols), sides.cols - at.cols),
});

/** Moved no farther than needed for a place to be inside. */
export function showing(at: Rect, sides: Sides, { row, col }: { row: number; col: number }): Rect {
  const rows = row < at.row ? row - at.row : Math.max(0, row - at.row - at.rows + 1);
  const cols = col < at.col ? col - at.col : Math.max(0, col - at.col - at.cols + 1);
  return moved(at, sides, rows, cols);
}

export const isWhole = (at: Rect, sides: Sides): boolean => at.rows >= sides.rows && at.cols >= sides.cols;

const between = (low: number, x: number, high: number): number => Math.min(high, Math.max(low, x));
const within = (start: number, last: number): number => between(0, start, Math.max(0, last));
