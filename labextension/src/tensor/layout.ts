/** Where everything in the figure stands, in px. */
import type { Detail, Space } from "./detail.ts";
import type { View } from "./view.ts";

export const GUTTER = 72;
export const MAIN = 576;
export const GAP = 24;
export const SIDE = 148;
export const WIDTH = GUTTER + MAIN + GAP + SIDE;

/** Half of the last label under the heatmap. */
const LAST_LABEL = 10;
const WIDEST_CELL = 64;
const READABLE_CELL = 40;
const ROOMY_ROW = 24;
/** Left of a column axis that is nothing but numbers, more is not needed. */
export const TOP = 18;

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

/** The px for so many rows and columns: rows are roomy where values are printed, there is one only, or few are looked at. */
export function spaceOf(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  width: number,
  height: number,
  words: boolean,
  isZoomed = false,
): Space {
  const main = mainWidth(width);
  const printed = main / cols >= READABLE_CELL && rows <= height / ROOMY_ROW;
  const roomy = printed || rows === 1 || isZoomed;
  return {
    width: main,
    height,
    widest: WIDEST_CELL,
    tallest: roomy ? ROOMY_ROW : words ? 16 : 10,
    isNarrow: main < MAIN,
  };
}

/** The figure of a detail, whatever cells are drawn in it for now. */
export function layoutOf(detail: Detail, view: View, width: number, above: boolean): Layout {
  const { at, pool, cellWidth, cellHeight } = detail;
  const plotWidth = Math.ceil(at.cols / pool[1]) * cellWidth;
  const plotHeight = Math.ceil(at.rows / pool[0]) * cellHeight;
  const isDrawn = view.at.rows / view.pool[0] <= at.rows / pool[0];
  return {
    width,
    beside: width >= WIDTH,
    top: above ? TOP : 2,
    cellWidth: plotWidth / view.cols,
    cellHeight: plotHeight / view.rows,
    plotWidth,
    plotHeight,
    printed: isDrawn && cellWidth >= READABLE_CELL && cellHeight >= ROOMY_ROW,
  };
}

/** The detail in which the cells that a notebook keeps are drawn: each takes whole px, except on a narrow page. */
export function savedDetail(view: View, width: number, height: number, words: boolean): Detail {
  const { widest, tallest, width: main } = spaceOf(view, width, height, words);
  const whole = Math.min(widest, Math.floor(main / view.cols));
  return {
    at: view.at,
    pool: view.pool,
    cellWidth: main < MAIN && whole < 2 ? main / view.cols : Math.max(1, whole),
    cellHeight: Math.max(1, Math.min(tallest, Math.floor(height / view.rows))),
  };
}
