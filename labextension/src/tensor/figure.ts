/** The heatmap with all that stands around it. */
import type { TensorPayload } from "nnsight-ts/display";
import { html, svg } from "../dom.ts";
import { columnAxis, columnAxisName, columnLabelsOf, columnRoom, outlierMarks } from "./columns.ts";
import type { Cursor } from "./cursor.ts";
import { cellMarks, heatmap, type Paint } from "./heatmap.ts";
import type { Layout } from "./layout.ts";
import { marginal } from "./marginal.ts";
import { followPointer } from "./pointer.ts";
import { printerOf } from "./print.ts";
import { rowAxisName, rowLabels } from "./rows.ts";
import { selection } from "./selection.ts";
import { sentence } from "./sentence.ts";
import type { View } from "./view.ts";

export function figure(
  payload: TensorPayload,
  view: View,
  layout: Layout,
  paint: Paint,
  cursor: Cursor,
): HTMLElement {
  const kind = columnLabelsOf(payload, view, layout);
  const rows = rowLabels(payload, view, layout);
  const columns = columnAxis(payload, view, layout, kind);
  const height = layout.top + layout.plotHeight + columnRoom(kind);
  const canvas = heatmap(view, layout, paint);
  const drawing = svg(
    "svg",
    { width: layout.width, height },
    ...rowAxisName(payload),
    ...columnAxisName(payload, layout),
    ...outlierMarks(payload, view, layout),
    ...cellMarks(view, layout, paint, printerOf(payload)),
    ...rows.map(({ node }) => node),
    columns.ticks,
    ...columns.labels.map(({ node }) => node),
    ...(layout.beside ? marginal(payload, layout) : []),
    selection(payload, view, layout, { rows, columns: columns.labels, kind }, cursor),
  );
  const node = html("div", "nnsight-figure", canvas, drawing);
  node.style.height = `${height}px`;
  node.tabIndex = 0;
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", sentence(payload));
  followPointer(node, canvas, view, cursor);
  return node;
}
