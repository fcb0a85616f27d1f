/** Where everything in the figure stands, in px. */
import type { View } from "./view.ts";

export const GUTTER = 72;
export const MAIN = 576;
export const GAP = 24;
export const SIDE = 148;
export const WIDTH = GUTTER + MAIN + GAP + SIDE;

/** Half of the last label under the heatmap. */
const LAST_LABEL = 10;
const TALLEST = 384;
const WIDEST_CELL = 64;
const READABLE_CELL = 40;

export interface Layout {
  readonly width: number;
  /** Whether legend and marginal stand beside the heatmap; else the legend follows it. */
  readonly beside: boolean;
  /** From the top of the figure to that of the heatmap. */
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly plotWidth: number;
  readonly plotHeight: number;
  /** Whether the cells are large enough to print their values. */
  readonly printed: boolean;
}

/** The px that the heatmap has across, of a card of that width. */
export const mainWidth = (width: number): number => Math.max(96, Math.min(MAIN, width - GUTTER - LAST_LABEL));

/** What the figure has to have room for. */
export interface Needs {
  /** Words as row labels. */
  readonly words: boolean;
  /** Anything written over the heatmap. */
  readonly above: boolean;
}

/** Cells take whole px, except where the view had to be pooled for a narrow page. */
export function layoutOf(view: View, width: number, { words, above }: Needs): Layout {
  const main = mainWidth(width);
  const whole = Math.min(WIDEST_CELL, Math.floor(main / view.cols));
  const cellWidth = main < MAIN && whole < 2 ? main / view.cols : Math.max(1, whole);
  const printed = cellWidth >= READABLE_CELL && view.rows <= TALLEST / 24;
  const wanted = printed || view.rows === 1 ? 24 : words ? 16 : 10;
  const cellHeight = Math.max(1, Math.min(wanted, Math.floor(TALLEST / view.rows)));
  return {
    width,
    beside: width >= WIDTH,
    top: above ? 18 : 2,
    cellWidth,
    cellHeight,
    plotWidth: cellWidth * view.cols,
    plotHeight: cellHeight * view.rows,
    printed,
  };
}
