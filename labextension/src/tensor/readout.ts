/** The place that is looked at, in words: colour, index, token, value. */

import type { Cursor } from "../cursor.ts";
import { html } from "../dom.ts";
import { formatValue } from "../format.ts";
import { cssColour } from "../palette.ts";
import { tokenHtml, tokenText } from "../token.ts";
import { tokenAt } from "./axes.ts";
import { colourOf, type Scene } from "./scene.ts";
import { cellOf, type Place, placeOf, valueAt } from "./view.ts";

/** Fills the readout; called again when the cursor or the scene has changed. */
export function fillReadout(node: HTMLElement, scene: Scene, cursor: Cursor): void {
  const { payload, view, isCurrent } = scene;
  const cell = cellOf(view, cursor.shown);
  const value = cell && valueAt(view, cell);
  // No truth is larger than another, nor is a value that is missing.
  const isIdle = cursor.atRest && (payload.dtype === "bool" || Number.isNaN(value));
  if (!cell || value === undefined || isIdle) {
    node.replaceChildren();
    return;
  }
  const swatch = html("span", "nnsight-swatch");
  const colour = colourOf(scene, value);
  if (colour) swatch.style.background = cssColour(colour);
  else swatch.classList.add("nnsight-swatch-missing");
  const place = placeOf(view, cell);
  node.replaceChildren(
    swatch,
    html("span", "nnsight-dim", indexOf(scene, place)),
    ...tokensOf(scene, place),
    html("b", "", isCurrent ? formatValue(value, payload.dtype) : "…"),
    ...(cursor.atRest && view.values.length > 1 ? [html("span", "nnsight-words", "largest |x|")] : []),
  );
}

/** `[0, 9, 411]`, and `[0, 18:20, 411]` where a cell covers two rows. */
export function indexOf({ axes, view: { pool, at } }: Scene, { row, col }: Place): string {
  const range = (start: number, count: number, end: number) =>
    count === 1 ? String(start) : `${start}:${Math.min(start + count, end)}`;
  const places = axes.fixed.map((index, axis) => {
    if (axis === axes.rowAxis) return range(row, pool[0], at.row + at.rows);
    return axis === axes.colAxis ? range(col, pool[1], at.col + at.cols) : String(index);
  });
  return `[${places.join(", ")}]`;
}

function tokensOf({ axes, tokens }: Scene, { row, col }: Place): HTMLElement[] {
  const held = tokens ? [tokenAt(tokens, tokens.axis, axes.fixed[tokens.axis]!)] : [];
  const isHeld = tokens && tokens.axis !== axes.rowAxis && tokens.axis !== axes.colAxis;
  return [...(isHeld ? held : []), tokenAt(tokens, axes.rowAxis, row), tokenAt(tokens, axes.colAxis, col)]
    .filter((token) => token !== undefined)
    .map((token) => html("span", "", ...tokenHtml(tokenText(token, 24))));
}
