/** The outlines of the hovered and the pinned cell, and their labels in bold. */
import type { TensorPayload } from "nnsight-ts/display";
import { svg } from "../dom.ts";
import { APART, boldColumnLabel, type ColumnLabels, columnCentre } from "./columns.ts";
import type { Cursor } from "./cursor.ts";
import { GUTTER, type Layout } from "./layout.ts";
import { boldRowLabel, type Label } from "./rows.ts";
import type { Cell, View } from "./view.ts";

const NARROW = 6;

export interface Labels {
  readonly rows: readonly Label[];
  readonly columns: readonly Label[];
  readonly kind: ColumnLabels;
}

export function selection(
  payload: TensorPayload,
  view: View,
  layout: Layout,
  labels: Labels,
  cursor: Cursor,
): SVGElement {
  const group = svg("g");
  const draw = () => {
    const { hovered, pinned } = cursor;
    const looked = hovered ?? pinned;
    group.replaceChildren(
      ...(pinned ? [outline(layout, view, pinned, "nnsight-pinned")] : []),
      ...(hovered ? [outline(layout, view, hovered, "nnsight-hovered")] : []),
      ...(looked ? boldLabels(payload, view, layout, labels.kind, looked) : []),
    );
    const rowAt = looked && layout.top + (looked.row + 0.5) * layout.cellHeight;
    const columnAt = looked && columnCentre(layout, looked.col);
    makeRoom(labels.rows, rowAt, Math.min(12, layout.cellHeight));
    makeRoom(labels.columns, columnAt, labels.kind === "numbers" ? APART : 1);
  };
  cursor.onChange(draw);
  draw();
  return group;
}

/** The cell itself, or the whole row and a mark under the column where a cell is too narrow to see. */
function outline(layout: Layout, view: View, { row, col }: Cell, className: string): SVGElement {
  const { cellWidth, cellHeight, plotWidth, plotHeight, top } = layout;
  const y = top + row * cellHeight - 0.5;
  if (cellWidth >= NARROW || view.rows === 1) {
    const [x, width] = [GUTTER + col * cellWidth - 0.5, Math.max(cellWidth, 3)];
    return svg("rect", { class: className, x, y, width: width + 1, height: cellHeight + 1 });
  }
  const x = Math.floor(columnCentre(layout, col)) + 0.5;
  return svg(
    "g",
    { class: className },
    svg("rect", { x: GUTTER - 0.5, y, width: plotWidth + 1, height: cellHeight + 1 }),
    svg("path", { d: `M${x} ${top + plotHeight}v6` }),
  );
}

function boldLabels(
  payload: TensorPayload,
  view: View,
  layout: Layout,
  kind: ColumnLabels,
  { row, col }: Cell,
): SVGElement[] {
  const { rowAxis, colAxis } = payload.preview!;
  return [
    ...(rowAxis === null ? [] : [boldRowLabel(payload, view, layout, row)]),
    ...(colAxis === null ? [] : [boldColumnLabel(payload, view, layout, kind, col)]),
  ];
}

/** Hides the labels that are nearer to a place than `apart`. */
function makeRoom(labels: readonly Label[], place: number | undefined, apart: number): void {
  for (const { at, node } of labels) {
    node.style.visibility = place !== undefined && Math.abs(at - place) < apart ? "hidden" : "";
  }
}
