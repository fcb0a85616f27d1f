/** The table of a lens as HTML: words on the colour of their probability. */
import type { LogitLensPayload } from "nnsight-ts/display";
import type { Cursor, Place } from "../cursor.ts";
import { html, withRole } from "../dom.ts";
import { drawn } from "../drawing.ts";
import { formatNumber } from "../format.ts";
import { type Colour, colourAt, cssColour, inkOn } from "../palette.ts";
import { tokenHtml, tokenText } from "../token.ts";
import type { Table } from "./table.ts";

const GUTTER = 36;
const COLUMN = { least: 56, most: 96 };
let tables = 0;

export interface Cells {
  readonly node: HTMLElement;
  /** The cell under the mouse: a row of those that are drawn. */
  placeOf(event: Event): Place | undefined;
  mark(cursor: Cursor): void;
}

export function cellsOf(
  payload: LogitLensPayload,
  table: Table,
  rows: readonly number[],
  palette: readonly Colour[],
  width: number,
): Cells {
  const { tokens, layers, positions, positionCount } = payload;
  const id = `nnsight-lens-${tables++}`;
  const column = Math.min(COLUMN.most, Math.max(COLUMN.least, Math.floor((width - GUTTER) / table.cols)));
  const letters = Math.floor((column - 6) / 6.3);
  const cells: HTMLElement[][] = [];
  const heads = Array.from({ length: table.cols }, (_, col) => {
    const token = tokens[col];
    const number = drawn(html("small", "", String(col + positionCount - positions)));
    const word =
      token === undefined ? [] : [drawn(html("span", "", ...tokenHtml(tokenText(token, letters))))];
    return withRole("columnheader", "nnsight-lens-head", number, ...word);
  });
  const corner = withRole("columnheader", "nnsight-lens-layer nnsight-lens-corner", "layer");
  const lines = rows.map((row, line) => {
    const words = Array.from({ length: table.cols }, (_, col) => {
      const { word, probability } = table.guesses(row, col)[0]!;
      const colour = colourAt(palette, probability, 0, 1);
      const node = drawn(withRole("gridcell", "nnsight-lens-cell", ...tokenHtml(tokenText(word, letters))));
      node.id = `${id}-${line}-${col}`;
      node.ariaLabel = `${word.trim() || JSON.stringify(word)}, ${formatNumber(probability)}`;
      Object.assign(node.style, { background: cssColour(colour), color: inkOn(colour) });
      return node;
    });
    cells.push(words);
    const isLast = line === rows.length - 1;
    const head = drawn(withRole("rowheader", "nnsight-lens-layer", String(layers[row])));
    return rowOf(`nnsight-lens-row${isLast ? " nnsight-lens-last" : ""}`, head, ...words);
  });
  const grid = html("div", "nnsight-lens-table", rowOf("nnsight-lens-row", corner, ...heads), ...lines);
  grid.setAttribute("role", "grid");
  grid.tabIndex = 0;
  grid.ariaLabel = `Likeliest next token after ${table.cols} positions at ${rows.length} layers`;
  grid.style.setProperty("--nnsight-columns", `${GUTTER}px repeat(${table.cols}, ${column}px)`);
  const heldRow = (place: Place | undefined) => place && lines[place.row];
  return {
    node: html("div", "nnsight-lens-scroll", grid),
    placeOf({ target }) {
      const found = (target as Element).closest?.(".nnsight-lens-cell");
      const [row, col] =
        found?.id
          .slice(id.length + 1)
          .split("-")
          .map(Number) ?? [];
      return row === undefined || col === undefined ? undefined : { row, col };
    },
    mark({ hovered, pinned, shown }) {
      for (const marked of grid.querySelectorAll(
        ".nnsight-lens-best, .nnsight-lens-hovered, .nnsight-lens-bold",
      ))
        marked.classList.remove("nnsight-lens-best", "nnsight-lens-hovered", "nnsight-lens-bold");
      const held = pinned ?? (hovered ? undefined : shown);
      if (held) cells[held.row]?.[held.col]?.classList.add("nnsight-lens-best");
      if (hovered) cells[hovered.row]?.[hovered.col]?.classList.add("nnsight-lens-hovered");
      heldRow(shown)?.firstElementChild?.classList.add("nnsight-lens-bold");
      heads[shown.col]?.classList.add("nnsight-lens-bold");
      if (pinned) {
        const cell = cells[pinned.row]?.[pinned.col];
        grid.setAttribute("aria-activedescendant", cell?.id ?? "");
        if (!hovered) cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else grid.removeAttribute("aria-activedescendant");
    },
  };
}

const rowOf = (className: string, ...cells: HTMLElement[]): HTMLElement =>
  withRole("row", className, ...cells);
