/** The labels left of the heatmap: position numbers and tokens. */
import { svg } from "../dom.ts";
import { decimalStep, placesIn } from "../ticks.ts";
import { tokenSvg, tokenText } from "../token.ts";
import { tokenAt } from "./axes.ts";
import { GUTTER } from "./layout.ts";
import type { Scene } from "./scene.ts";

const READABLE = 12;

/** A label and the height of its middle. */
export interface Label {
  readonly at: number;
  readonly node: SVGElement;
}

export function rowLabels(scene: Scene): Label[] {
  const { view, layout, axes } = scene;
  if (axes.rowAxis === null) return [];
  const step = decimalStep((READABLE * view.pool[0]) / layout.cellHeight);
  return placesIn(view.at.row, view.at.rows, step).map((index) => {
    const at = middleOf(scene, index);
    return { at, node: rowLabel(scene, index, at, "") };
  });
}

/** The label of the row that is looked at. */
export const boldRowLabel = (scene: Scene, index: number, cell: number): SVGElement =>
  rowLabel(scene, index, scene.layout.top + (cell + 0.5) * scene.layout.cellHeight, " nnsight-bold");

const middleOf = ({ view, layout }: Scene, index: number): number =>
  layout.top + ((index - view.at.row + 0.5) / view.pool[0]) * layout.cellHeight;

function rowLabel({ axes, tokens, sides }: Scene, index: number, at: number, weight: string): SVGElement {
  const token = tokenAt(tokens, axes.rowAxis, index);
  const number = (x: number, bold: string) =>
    svg("text", { class: `nnsight-end${bold}`, x, y: at + 3.5 }, String(index));
  if (token === undefined) return number(GUTTER - 7, weight);
  const left = Math.max(12, String(sides.rows - 1).length * 6);
  const text = tokenText(token, Math.floor((GUTTER - 7 - left) / 6.6));
  const place = { class: `nnsight-mono nnsight-end${weight}`, x: GUTTER - 7, y: at + 4 };
  return svg("g", {}, number(left, ""), svg("text", place, ...tokenSvg(text)));
}
