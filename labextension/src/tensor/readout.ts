/** The cell that is looked at, in words: colour, index, token, value. */
import type { TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { formatValue } from "../format.ts";
import { cssColour } from "../palette.ts";
import { tokenAt } from "./axes.ts";
import type { Cursor } from "./cursor.ts";
import type { Paint } from "./heatmap.ts";
import { tokenHtml, tokenText } from "./token.ts";
import { type Cell, type View, valueAt } from "./view.ts";

export function readout(payload: TensorPayload, view: View, cursor: Cursor, paint: Paint): HTMLElement {
  const node = html("span", "nnsight-readout");
  node.setAttribute("aria-live", "polite");
  const fill = () => {
    if (cursor.atRest && payload.dtype === "bool") return node.replaceChildren(); // no truth is larger than another
    const value = valueAt(view, cursor.shown);
    const swatch = html("span", "nnsight-swatch");
    const colour = paint(value);
    if (colour) swatch.style.background = cssColour(colour);
    else swatch.classList.add("nnsight-swatch-missing");
    node.replaceChildren(
      swatch,
      html("span", "nnsight-dim", indexOf(payload, view, cursor.shown)),
      ...tokensOf(payload, view, cursor.shown),
      html("b", "", formatValue(value, payload.dtype)),
      ...(cursor.atRest && view.values.length > 1 ? [html("span", "nnsight-words", "largest |x|")] : []),
    );
  };
  cursor.onChange(fill);
  fill();
  return node;
}

/** `[0, 9, 411]`, and `[0, 18:20, 411]` where a cell covers two rows. */
export function indexOf({ preview, shape }: TensorPayload, view: View, { row, col }: Cell): string {
  const place = (axis: number | null, cell: number, pool: number): string[] => {
    if (axis === null) return [];
    const start = cell * pool;
    return [pool === 1 ? String(start) : `${start}:${Math.min(start + pool, shape[axis]!)}`];
  };
  return `[${[
    ...preview!.fixed,
    ...place(preview!.rowAxis, row, view.pool[0]),
    ...place(preview!.colAxis, col, view.pool[1]),
  ].join(", ")}]`;
}

function tokensOf(payload: TensorPayload, view: View, { row, col }: Cell): HTMLElement[] {
  const { rowAxis, colAxis } = payload.preview!;
  return [tokenAt(payload, rowAxis, row * view.pool[0]), tokenAt(payload, colAxis, col * view.pool[1])]
    .filter((token) => token !== undefined)
    .map((token) => html("span", "", ...tokenHtml(tokenText(token, 24))));
}
