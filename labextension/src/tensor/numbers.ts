/** The slice as a table of exact values; without a kernel, of the cells that the notebook keeps. */
import { formatValue } from "../format.ts";
import { grid } from "../grid.ts";
import type { GridData } from "../grid-data.ts";
import { cssColour, inkOn } from "../palette.ts";
import { tokenHtml, tokenText } from "../token.ts";
import { axisName, tokenAt } from "./axes.ts";
import type { Panel } from "./histogram.ts";
import type { Look } from "./look.ts";
import { colourOf, type Scene } from "./scene.ts";
import { sentence } from "./sentence.ts";
import type { Sought } from "./source.ts";
import { placeOf, valueAt } from "./view.ts";

export function numbers(look: Look, width: number): Panel {
  const table = grid(() => (isWhole(look) ? wholeSlice(look, () => table.draw()) : cellsInView(look)), width);
  let shown = "";
  const update = () => {
    const { row, col } = look.cursor.shown;
    const at = `${row} ${col}`;
    if (at !== shown && isWhole(look)) table.show(row, col);
    shown = at;
    table.draw();
  };
  return { node: table.node, update, dispose: table.dispose };
}

/** Whether the table goes through the whole slice, rather than through what is drawn. */
const isWhole = (look: Look): boolean => look.live.canAsk || look.scene.view.pool.every((n) => n === 1);

/** What changes with the table's kind, so that it has to be made anew. */
export const numbersKind = (look: Look): string => {
  const { axes, sides, view } = look.scene;
  return isWhole(look)
    ? `${axes.rowAxis} ${axes.colAxis} ${sides.rows} ${sides.cols}`
    : `${view.rows} ${view.cols}`;
};

function heads({ payload, axes, tokens }: Scene): Pick<GridData, "corner"> & {
  head(axis: number | null, index: number): (Node | string)[];
} {
  return {
    corner: [axes.rowAxis, axes.colAxis]
      .flatMap((axis) => (axis === null ? [] : [axisName(payload, axis)]))
      .join(" \\ "),
    head(axis, index) {
      const token = tokenAt(tokens, axis, index);
      return [
        axis === null ? "" : String(index),
        ...(token === undefined ? [] : [" ", ...tokenHtml(tokenText(token))]),
      ];
    },
  };
}

function wholeSlice(look: Look, redraw: () => void): GridData {
  const { scene, cursor, choices, source, live } = look;
  const { sides, axes, payload, view } = scene;
  const { corner, head } = heads(scene);
  let read = (row: number, col: number): number | undefined =>
    view.pool.every((n) => n === 1) && row >= view.at.row && row < view.at.row + view.rows && scene.isCurrent
      ? valueIn(scene, row, col)
      : undefined;
  return {
    ...sides,
    corner,
    label: sentence(scene).replace("Heatmap", "Values"),
    rowHead: (row) => head(axes.rowAxis, row),
    colHead: (col) => head(axes.colAxis, col),
    look(rows, cols) {
      if (!live.canAsk || !source) return;
      const at = { row: rows.first, col: cols.first, rows: rows.count, cols: cols.count };
      const detail = { at, pool: [1, 1] as const, cellWidth: 1, cellHeight: 1 };
      const sought: Sought = { axes, detail, sides, reduce: choices.reduce, margin: false };
      const inView = read;
      if (indicesIn(at).every(({ row, col }) => inView(row, col) !== undefined)) return;
      const found = source.find(sought);
      if (!found) void source.fetch("numbers", sought).then((came) => came && redraw());
      const values = found?.view;
      read = (row, col) =>
        values ? valueAt(values, { row: row - at.row, col: col - at.col }) : inView(row, col);
    },
    text(row, col) {
      const value = read(row, col);
      return value === undefined ? "" : formatValue(value, payload.dtype);
    },
    colour(row, col) {
      const value = read(row, col);
      return value === undefined ? undefined : inked(scene, value);
    },
    marked: cursor.pinned,
    mark: (row, col) => cursor.pin({ row, col }),
  };
}

function cellsInView(look: Look): GridData {
  const { scene, cursor } = look;
  const { view, axes, payload } = scene;
  const { corner, head } = heads(scene);
  return {
    rows: view.rows,
    cols: view.cols,
    corner,
    label: sentence(scene).replace("Heatmap", "Values"),
    rowHead: (row) => head(axes.rowAxis, placeOf(view, { row, col: 0 }).row),
    colHead: (col) => head(axes.colAxis, placeOf(view, { row: 0, col }).col),
    text: (row, col) => formatValue(valueAt(view, { row, col }), payload.dtype),
    colour: (row, col) => inked(scene, valueAt(view, { row, col })),
    marked: undefined,
    mark: (row, col) => cursor.pin(placeOf(view, { row, col })),
  };
}

function inked(scene: Scene, value: number): { background: string; color: string } | undefined {
  const colour = colourOf(scene, value);
  return colour && { background: cssColour(colour), color: inkOn(colour) };
}

function valueIn({ view }: Scene, row: number, col: number): number | undefined {
  const { at } = view;
  const inside = col >= at.col && col < at.col + at.cols;
  return inside ? valueAt(view, { row: row - at.row, col: col - at.col }) : undefined;
}

const indicesIn = ({ row, col, rows, cols }: { row: number; col: number; rows: number; cols: number }) => [
  { row, col },
  { row: row + rows - 1, col: col + cols - 1 },
];
