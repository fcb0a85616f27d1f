/** The outlines of the hovered and the pinned cell, and their labels in bold. */

import type { Cursor } from "../cursor.ts";
import { svg } from "../dom.ts";
import { APART, boldColumnLabel, type ColumnLabels, columnCentre } from "./columns.ts";
import { GUTTER } from "./layout.ts";
import { boldRowLabel, type Label } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { type Cell, cellOf, type Place, placeOf } from "./view.ts";

const NARROW = 6;
const ROW_APART = 11;

export interface Labels {
  readonly rows: readonly Label[];
  readonly columns: readonly Label[];
  readonly kind: ColumnLabels;
}

/** Draws the selection into a group; called again when the cursor has moved. */
export function drawSelection(group: SVGElement, scene: Scene, labels: Labels, cursor: Cursor): void {
  const { layout, view } = scene;
  const cell = (place: Place | undefined) => place && cellOf(view, place);
  const [hovered, pinned] = [cell(cursor.hovered), cell(cursor.pinned)];
  const looked = hovered ?? pinned;
  group.replaceChildren(
    ...(pinned ? [outline(scene, pinned, "nnsight-pinned")] : []),
    ...(hovered ? [outline(scene, hovered, "nnsight-hovered")] : []),
    ...(looked ? boldLabels(scene, labels.kind, looked) : []),
  );
  const rowAt = looked && layout.top + (looked.row + 0.5) * layout.cellHeight;
  const columnAt = looked && columnCentre(scene, looked.col);
  makeRoom(labels.rows, rowAt, ROW_APART);
  makeRoom(labels.columns, columnAt, labels.kind === "numbers" ? APART : 1);
}

/** The cell itself, or the whole row and a mark under the column where a cell is too narrow to see. */
function outline(scene: Scene, { row, col }: Cell, className: string): SVGElement {
  const { layout, view } = scene;
  const { cellWidth, cellHeight, plotWidth, plotHeight, top } = layout;
  const y = Math.round(top + row * cellHeight) - 0.5;
  const height = Math.max(cellHeight, 2) + 1;
  if (cellWidth >= NARROW || view.rows === 1) {
    const [x, width] = [GUTTER + col * cellWidth - 0.5, Math.max(cellWidth, 3)];
    return svg("rect", { class: className, x, y, width: width + 1, height });
  }
  const x = Math.floor(columnCentre(scene, col)) + 0.5;
  return svg(
    "g",
    { class: className },
    svg("rect", { x: GUTTER - 0.5, y, width: plotWidth + 1, height }),
    svg("path", { d: `M${x} ${top + plotHeight}v6` }),
  );
}

function boldLabels(scene: Scene, kind: ColumnLabels, cell: Cell): SVGElement[] {
  const { rowAxis, colAxis } = scene.axes;
  const { row, col } = placeOf(scene.view, cell);
  return [
    ...(rowAxis === null ? [] : [boldRowLabel(scene, row, cell.row)]),
    ...(colAxis === null ? [] : [boldColumnLabel(scene, kind, col, cell.col)]),
  ];
}

/** Hides the labels that are nearer to a place than `apart`. */
function makeRoom(labels: readonly Label[], place: number | undefined, apart: number): void {
  for (const { at, node } of labels) {
    node.style.visibility = place !== undefined && Math.abs(at - place) < apart ? "hidden" : "";
  }
}
