/** The labels left of the heatmap: position numbers and tokens. */
import type { TensorPayload } from "nnsight-ts/display";
import { svg } from "../dom.ts";
import { axisName, shortName, tokenAt } from "./axes.ts";
import { GUTTER, type Layout } from "./layout.ts";
import { decimalStep, places } from "./ticks.ts";
import { tokenSvg, tokenText } from "./token.ts";
import type { View } from "./view.ts";

const READABLE = 12;

/** A label and the height of its middle. */
export interface Label {
  readonly at: number;
  readonly node: SVGElement;
}

export function rowLabels(payload: TensorPayload, view: View, layout: Layout): Label[] {
  const axis = payload.preview!.rowAxis;
  if (axis === null) return [];
  const step = decimalStep((READABLE * view.pool[0]) / layout.cellHeight);
  return places(payload.shape[axis]!, step, false).map((index) => {
    const at = layout.top + ((index + 0.5) / view.pool[0]) * layout.cellHeight;
    return { at, node: rowLabel(payload, index, at, "") };
  });
}

/** The label of the row that is looked at. */
export function boldRowLabel(payload: TensorPayload, view: View, layout: Layout, row: number): SVGElement {
  const at = layout.top + (row + 0.5) * layout.cellHeight;
  return rowLabel(payload, row * view.pool[0], at, " nnsight-bold");
}

function rowLabel(payload: TensorPayload, index: number, at: number, weight: string): SVGElement {
  const axis = payload.preview!.rowAxis!;
  const token = tokenAt(payload, axis, index);
  const number = (x: number, bold: string) =>
    svg("text", { class: `nnsight-end${bold}`, x, y: at + 3.5 }, String(index));
  if (token === undefined) return number(GUTTER - 7, weight);
  const left = Math.max(12, String(payload.shape[axis]! - 1).length * 6);
  const text = tokenText(token, Math.floor((GUTTER - 7 - left) / 6.6));
  const place = { class: `nnsight-mono nnsight-end${weight}`, x: GUTTER - 7, y: at + 4 };
  return svg("g", {}, number(left, ""), svg("text", place, ...tokenSvg(text)));
}

export function rowAxisName(payload: TensorPayload): SVGElement[] {
  const axis = payload.preview!.rowAxis;
  return axis === null ? [] : [svg("text", { x: 0, y: 12 }, shortName(axisName(payload, axis)))];
}
