/** The weights of the head that is shown, as a table. */
import type { Cursor } from "../cursor.ts";
import { formatNumber } from "../format.ts";
import type { GridData } from "../grid-data.ts";
import { colourAt, cssColour, inkOn } from "../palette.ts";
import { tokenHtml, tokenText } from "../token.ts";
import { keyToken, queryToken, type Scene } from "./scene.ts";

export function numbersOf(scene: Scene, cursor: Cursor): GridData {
  const { rows, cols, pool, values } = scene.cells;
  const head = (index: number, token: string | undefined) => [
    String(index),
    ...(token === undefined ? [] : [" ", ...tokenHtml(tokenText(token))]),
  ];
  const weight = (row: number, col: number) => values[row * cols + col]!;
  const { pinned } = cursor;
  return {
    rows,
    cols,
    corner: "query \\ key",
    label: `Weights of head ${scene.head}`,
    rowHead: (row) => head(row * pool, queryToken(scene, row * pool)),
    colHead: (col) => head(col * pool, keyToken(scene, col * pool)),
    text: (row, col) => formatNumber(weight(row, col)),
    colour(row, col) {
      const colour = colourAt(scene.palette, weight(row, col), 0, 1);
      return { background: cssColour(colour), color: inkOn(colour) };
    },
    marked: pinned && { row: Math.floor(pinned.row / pool), col: Math.floor(pinned.col / pool) },
    mark: (row, col) => cursor.pin({ row: row * pool, col: col * pool }),
  };
}
