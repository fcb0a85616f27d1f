/** The heatmap with all that stands around it. */

import type { Cursor } from "../cursor.ts";
import { svg } from "../dom.ts";
import { columnAxis, columnLabelsOf, columnRoom, outlierMarks } from "./columns.ts";
import { cellMarks, heatmap } from "./heatmap.ts";
import { locator } from "./locator.ts";
import { marginal } from "./marginal.ts";
import { printerOf } from "./print.ts";
import { rowLabels } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { drawSelection } from "./selection.ts";
import { sentence } from "./sentence.ts";

/** Draws the cells of a scene into a figure that has all that stands around them. */
export const drawCells = (node: HTMLElement, scene: Scene): void =>
  void heatmap(scene, node.querySelector("canvas")!);

/** Draws a scene into a figure; the result draws the selection anew when the cursor has moved. */
export function drawFigure(node: HTMLElement, scene: Scene, cursor: Cursor): () => void {
  const { layout } = scene;
  const kind = columnLabelsOf(scene);
  const rows = rowLabels(scene);
  const columns = columnAxis(scene, kind);
  const height = layout.top + layout.plotHeight + columnRoom(kind);
  const selection = svg("g");
  const drawing = svg(
    "svg",
    { width: layout.width, height },
    ...outlierMarks(scene),
    ...cellMarks(scene, printerOf(scene.payload)),
    ...rows.map(({ node }) => node),
    columns.ticks,
    ...columns.labels.map(({ node }) => node),
    ...(layout.beside ? [...marginal(scene), ...locator(scene)] : []),
    selection,
  );
  const canvas = node.querySelector("canvas");
  if (canvas) {
    heatmap(scene, canvas);
    node.querySelector("svg")?.replaceWith(drawing);
  } else node.replaceChildren(heatmap(scene), drawing);
  node.style.height = `${height}px`;
  node.ariaLabel = sentence(scene);
  const select = () => drawSelection(selection, scene, { rows, columns: columns.labels, kind }, cursor);
  select();
  return select;
}
