/** The cells as pixels, one a value, magnified by the page. */

import { paintCells } from "../cells.ts";
import { html, svg } from "../dom.ts";
import { inkOn } from "../palette.ts";
import { GUTTER, type Layout } from "./layout.ts";
import { colourOf, type Scene } from "./scene.ts";
import type { View } from "./view.ts";

/** Draws on a canvas that is there, else on a new one. */
export function heatmap(scene: Scene, canvas = html("canvas", "nnsight-heatmap")): HTMLCanvasElement {
  const { view, layout, palette, range } = scene;
  Object.assign(canvas, { width: view.cols, height: view.rows });
  Object.assign(canvas.style, {
    left: `${GUTTER}px`,
    top: `${layout.top}px`,
    width: `${layout.plotWidth}px`,
    height: `${layout.plotHeight}px`,
  });
  paintCells(canvas.getContext("2d")!, view.values, view.cols, 0, 0, palette, range);
  return canvas;
}

/** What is drawn over the pixels: gaps between large cells, diagonals through missing ones, values in roomy ones. */
export function cellMarks(scene: Scene, print: (value: number) => string): SVGElement[] {
  const { view, layout } = scene;
  const { cellWidth, cellHeight } = layout;
  const texts: SVGElement[] = [];
  for (let i = 0; layout.printed && i < view.values.length; i++) {
    const colour = colourOf(scene, view.values[i]!);
    if (!colour) continue;
    const [x, y] = [
      GUTTER + (i % view.cols) * cellWidth,
      layout.top + Math.floor(i / view.cols) * cellHeight,
    ];
    const place = { class: "nnsight-in-cell", x: x + cellWidth / 2, y: y + cellHeight / 2 + 3.5 };
    texts.push(svg("text", { ...place, style: `fill: ${inkOn(colour)}` }, print(view.values[i]!)));
  }
  const missing = diagonals(view, layout);
  return [
    ...(missing ? [svg("path", { class: "nnsight-missing", d: missing })] : []),
    ...(cellWidth >= 24 && cellHeight >= 24
      ? [svg("path", { class: "nnsight-gaps", d: gaps(view, layout) })]
      : []),
    ...texts,
  ];
}

/** One through each missing cell, or every so many px through a row of narrow ones. */
function diagonals({ rows, cols, values }: View, { cellWidth, cellHeight, top }: Layout): string {
  let d = "";
  if (!hasMissing(values)) return d;
  const step = Math.max(1, Math.round(cellHeight / cellWidth));
  for (let row = 0; row < rows; row++) {
    for (let col = 0, run = 0; col < cols; col++) {
      run = Number.isNaN(values[row * cols + col]!) ? run + 1 : 0;
      if (run % step !== 1 % step || run === 0) continue;
      let end = col + 1;
      while (end < Math.min(cols, col + step) && Number.isNaN(values[row * cols + end]!)) end++;
      const width = (end - col) * cellWidth;
      const height = Math.min(cellHeight, step === 1 ? cellHeight : width);
      d += `M${GUTTER + col * cellWidth} ${top + (row + 1) * cellHeight}l${width} ${-height}`;
    }
  }
  return d;
}

function hasMissing(values: View["values"]): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) return true;
  return false;
}

function gaps({ rows, cols }: View, { cellWidth, cellHeight, plotWidth, plotHeight, top }: Layout): string {
  let d = "";
  for (let col = 1; col <= cols; col++) d += `M${GUTTER + col * cellWidth - 0.5} ${top}v${plotHeight}`;
  for (let row = 1; row <= rows; row++) d += `M${GUTTER} ${top + row * cellHeight - 0.5}h${plotWidth}`;
  return d;
}
