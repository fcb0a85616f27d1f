/** The cells of the heatmap as a table. */
import type { TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { formatValue } from "../format.ts";
import { axisName, tokenAt } from "./axes.ts";
import { sentence } from "./sentence.ts";
import { tokenHtml, tokenText } from "./token.ts";
import { type View, valueAt } from "./view.ts";

export function numbers(payload: TensorPayload, view: View): HTMLElement {
  const { rowAxis, colAxis } = payload.preview!;
  const corner = html(
    "th",
    "",
    [rowAxis, colAxis].flatMap((axis) => (axis === null ? [] : [axisName(payload, axis)])).join(" \\ "),
  );
  const head = html(
    "tr",
    "",
    corner,
    ...indices(view.cols).map((col) => heading(payload, colAxis, col * view.pool[1], "col")),
  );
  const rows = indices(view.rows).map((row) =>
    html(
      "tr",
      "",
      heading(payload, rowAxis, row * view.pool[0], "row"),
      ...indices(view.cols).map((col) =>
        html("td", "", formatValue(valueAt(view, { row, col }), payload.dtype)),
      ),
    ),
  );
  const caption = html("caption", "", sentence(payload).replace("Heatmap", "Values"));
  const table = html("table", "", caption, html("thead", "", head), html("tbody", "", ...rows));
  const node = html("div", "nnsight-numbers", table);
  node.tabIndex = 0;
  node.dataset.lmSuppressShortcuts = "true";
  return node;
}

function heading(
  payload: TensorPayload,
  axis: number | null,
  index: number,
  scope: "row" | "col",
): HTMLElement {
  const token = tokenAt(payload, axis, index);
  const text = axis === null ? "" : String(index);
  const cell = html(
    "th",
    "",
    text,
    ...(token === undefined ? [] : [" ", ...tokenHtml(tokenText(token, 24))]),
  );
  cell.scope = scope;
  return cell;
}

const indices = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
