/** The values as a table of any size, in Lumino's data grid, which JupyterLab brings along. */
import "../style/figure.css";
import { html } from "./dom.ts";
import type { OpenTable } from "./table.ts";

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

export const ROW = 20;
export const COL = 68;
export const HEAD = 92;
const SHOWN = 15;
/** A scroll bar, and the lines around the table. */
const BAR = 16;
const FRAME = 4;

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
  dispose(): void;
}

export function grid(data: () => GridData, width: number): Grid {
  const { rows, cols, label } = data();
  const said = html("span", "nnsight-unseen");
  said.setAttribute("role", "status");
  const node = html("div", "nnsight-grid", said);
  node.tabIndex = 0;
  node.setAttribute("role", "group");
  node.ariaLabel = `${label}. Arrow keys move through the cells.`;
  const tall = ROW * (Math.min(SHOWN, rows) + 1) + FRAME;
  const whole = HEAD + COL * cols + FRAME;
  Object.assign(node.style, {
    height: `${tall + (whole > width ? BAR : 0)}px`,
    width: `${Math.min(width, whole + (rows > SHOWN ? BAR : 0))}px`,
  });
  let table: OpenTable | undefined;
  let isWanted = false;
  const draw = () => {
    if (table) table.draw();
    else if (!isWanted) void open();
    node.dataset.marked = said.textContent = sayCell(data());
  };
  const open = async () => {
    isWanted = true;
    const { openTable } = await import("./table.ts");
    if (!node.isConnected) return void (isWanted = false);
    table = openTable(node, data);
    const { marked } = data();
    if (marked) table.show(marked.row, marked.col);
  };
  node.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const { marked } = data();
    const to = marked
      ? { row: within(marked.row + move[0], rows), col: within(marked.col + move[1], cols) }
      : (table?.first() ?? { row: 0, col: 0 });
    data().mark(to.row, to.col);
    table?.show(to.row, to.col);
    draw();
  });
  return { node, draw, show: (row, col) => table?.show(row, col), dispose: () => table?.dispose() };
}

/** The marked cell in words, for those who do not see the table. */
function sayCell({ marked, text, rowHead, colHead }: GridData): string {
  if (!marked) return "";
  const { row, col } = marked;
  return `${words(rowHead(row))}, ${words(colHead(col))}: ${text(row, col)}`;
}

export const words = (parts: readonly (Node | string)[]): string =>
  parts.map((part) => (typeof part === "string" ? part : (part.textContent ?? ""))).join("");

const within = (index: number, size: number): number => Math.min(size - 1, Math.max(0, index));
