/** Where the heads and the large one stand, in px. */

/** Of the labels left of the matrix. */
export const GUTTER = 72;
const GAP = 24;
const WIDE = 620;
const GRID = 320;
const TALLEST = 404;
const WIDEST_CELL = 26;
/** Left and right of the heads, for the outline of the one that is held. */
const PADDING = 4;
const HEAD = { gap: 12, label: 18, widest: 96, least: 28 };

export interface HeadGrid {
  readonly columns: number;
  /** The longer side of a head. */
  readonly size: number;
  readonly gap: number;
}

export interface Layout {
  readonly isWide: boolean;
  /** `undefined` for a single head. */
  readonly grid: HeadGrid | undefined;
  /** The px of the matrix with its labels, and of its longer side at most. */
  readonly main: number;
  readonly plot: number;
}

/** Beside each other where there is room, else the heads over the matrix. */
export function layoutOf(width: number, heads: number): Layout {
  const isWide = width >= WIDE && heads > 1;
  const main = isWide ? width - GRID - GAP : width;
  return {
    isWide,
    grid: heads > 1 ? headGrid(heads, (isWide ? GRID : width) - 2 * PADDING) : undefined,
    main,
    plot: Math.min(TALLEST, main - GUTTER),
  };
}

/** As large as the heads can be without being higher than the matrix. */
function headGrid(heads: number, width: number): HeadGrid {
  for (let columns = 2; ; columns++) {
    const gap = columns > 4 ? HEAD.gap / 2 : HEAD.gap;
    const size = Math.min(HEAD.widest, Math.floor((width + gap) / columns) - gap);
    const height = Math.ceil(heads / columns) * (size + HEAD.label + gap);
    if ((height <= TALLEST + HEAD.label && columns * (size + gap) <= width + gap) || size <= HEAD.least)
      return { columns: Math.min(columns, heads), size, gap };
  }
}

/** The side of a cell: whole px, unless too much of the room stayed empty. */
export function cellSide(rows: number, cols: number, plot: number): number {
  const room = plot / Math.max(rows, cols);
  const whole = Math.min(WIDEST_CELL, Math.floor(room));
  return whole === WIDEST_CELL || whole > 0.7 * room ? whole : room;
}
