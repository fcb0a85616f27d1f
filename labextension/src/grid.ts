/** The values as a table of which only the part on screen exists; scrolls through slices of any size, cell by cell. */
import { html } from "./dom.ts";

export interface GridData {
  readonly rows: number;
  readonly cols: number;
  /** What stands in the corner, over the rows and left of the columns. */
  readonly corner: string;
  readonly label: string;
  rowHead(row: number): readonly (Node | string)[];
  colHead(col: number): readonly (Node | string)[];
  /** Empty as long as the value has not come. */
  text(row: number, col: number): string;
  colour?(row: number, col: number): { readonly background: string; readonly color: string } | undefined;
  /** Called with what is on screen before it is drawn. */
  look?(rows: Span, cols: Span): void;
  /** The cell that is marked. */
  readonly marked: { readonly row: number; readonly col: number } | undefined;
  mark(row: number, col: number): void;
}

export interface Span {
  readonly first: number;
  readonly count: number;
}

const ROW = 20;
const COL = 68;
const HEAD = 92;
const SHOWN = 15;
/** Browsers do not scroll farther than some millions of px; beyond, a px stands for several rows. */
const MOST_PX = 8_000_000;

const MOVES: Record<string, [rows: number, cols: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-SHOWN + 1, 0],
  PageDown: [SHOWN - 1, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

export interface Grid {
  readonly node: HTMLElement;
  draw(): void;
  /** Scrolls as far as needed for a cell to be seen. */
  show(row: number, col: number): void;
}

export function grid(data: () => GridData, width: number): Grid {
  const { rows, cols } = data();
  const shownRows = Math.min(SHOWN, rows);
  const shownCols = Math.max(1, Math.min(cols, Math.floor((width - HEAD) / COL)));
  const isFarDown = rows > shownRows;
  const isFarAcross = cols > shownCols;
  const table = html("div", "nnsight-table");
  table.setAttribute("role", "grid");
  const space = html("div", "nnsight-space-for-all", table);
  const node = html("div", "nnsight-grid", space);
  const tall = Math.min(MOST_PX, (rows - shownRows) * ROW);
  const wide = Math.min(MOST_PX, (cols - shownCols) * COL);
  const size = { height: ROW * (shownRows + 1), width: HEAD + COL * shownCols };
  Object.assign(space.style, { height: `${size.height + tall}px`, width: `${size.width + wide}px` });
  Object.assign(table.style, { height: `${size.height}px`, width: `${size.width}px` });
  Object.assign(node.style, {
    height: `${size.height + (isFarAcross ? 12 : 0)}px`,
    width: `${size.width + (isFarDown ? 12 : 0)}px`,
  });
  node.tabIndex = 0;

  const first = () => ({
    row: tall === 0 ? 0 : Math.round((node.scrollTop / tall) * (rows - shownRows)),
    col: wide === 0 ? 0 : Math.round((node.scrollLeft / wide) * (cols - shownCols)),
  });
  const draw = () => {
    const from = first();
    const current = data();
    current.look?.({ first: from.row, count: shownRows }, { first: from.col, count: shownCols });
    table.ariaRowCount = String(rows + 1);
    table.ariaColCount = String(cols + 1);
    table.ariaLabel = current.label;
    table.replaceChildren(
      headRow(current, from.col, shownCols),
      ...indices(from.row, shownRows).map((row) => bodyRow(current, row, from.col, shownCols)),
    );
  };
  const show = (row: number, col: number) => {
    const from = first();
    const to = { row: nearest(row, from.row, shownRows), col: nearest(col, from.col, shownCols) };
    if (tall > 0) node.scrollTop = (to.row / (rows - shownRows)) * tall;
    if (wide > 0) node.scrollLeft = (to.col / (cols - shownCols)) * wide;
  };
  node.addEventListener("scroll", draw);
  node.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const { marked } = data();
    const from = marked ?? first();
    const next = marked ? { row: from.row + move[0], col: from.col + move[1] } : from;
    const to = { row: within(next.row, rows), col: within(next.col, cols) };
    data().mark(to.row, to.col);
    show(to.row, to.col);
    draw();
  });
  return { node, draw, show };
}

function headRow(data: GridData, first: number, count: number): HTMLElement {
  const cells = indices(first, count).map((col) =>
    role(html("div", "nnsight-th", ...data.colHead(col)), "columnheader", col + 2),
  );
  return row([role(html("div", "nnsight-th nnsight-corner", data.corner), "columnheader", 1), ...cells], 1);
}

function bodyRow(data: GridData, at: number, first: number, count: number): HTMLElement {
  const { marked } = data;
  const cells = indices(first, count).map((col) => {
    const cell = role(html("div", "nnsight-td", data.text(at, col)), "gridcell", col + 2);
    const colour = data.colour?.(at, col);
    if (colour) Object.assign(cell.style, colour);
    if (marked?.row === at && marked.col === col) {
      cell.classList.add("nnsight-marked");
      cell.ariaSelected = "true";
    }
    cell.addEventListener("click", () => data.mark(at, col));
    return cell;
  });
  return row(
    [role(html("div", "nnsight-th nnsight-rowhead", ...data.rowHead(at)), "rowheader", 1), ...cells],
    at + 2,
  );
}

function row(cells: HTMLElement[], index: number): HTMLElement {
  const node = html("div", "nnsight-tr", ...cells);
  node.setAttribute("role", "row");
  node.ariaRowIndex = String(index);
  return node;
}

function role(cell: HTMLElement, name: string, index: number): HTMLElement {
  cell.setAttribute("role", name);
  cell.ariaColIndex = String(index);
  return cell;
}

/** The first of so many that are shown, moved no farther than needed for one to be among them. */
const nearest = (index: number, first: number, shown: number): number =>
  index < first ? index : Math.max(first, index - shown + 1);

const within = (index: number, size: number): number => Math.min(size - 1, Math.max(0, index));
const indices = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);
