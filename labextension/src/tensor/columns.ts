/** What stands under and over the heatmap: ticks, column tokens, marks of outliers. */
import type { TensorPayload } from "nnsight-ts/display";
import { svg } from "../dom.ts";
import { axisName, shortName, tokenAt } from "./axes.ts";
import { GUTTER, type Layout } from "./layout.ts";
import type { Label } from "./rows.ts";
import { binaryStep, decimalStep, places } from "./ticks.ts";
import { type TokenText, tokenLength, tokenSvg, tokenText } from "./token.ts";
import type { View } from "./view.ts";

/** How near two labels may stand. */
export const APART = 28;
const LETTER = 6.7;
const NARROWEST_TOKEN = 12;

export type ColumnLabels = "numbers" | "tokens" | "slanted tokens";

export function columnLabelsOf(payload: TensorPayload, view: View, layout: Layout): ColumnLabels {
  const tokens = payload.tokens;
  if (
    !tokens ||
    tokens.axis !== payload.preview!.colAxis ||
    view.pool[1] > 1 ||
    layout.cellWidth < NARROWEST_TOKEN
  ) {
    return "numbers";
  }
  const longest = Math.max(...tokens.labels.map((token) => tokenLength(tokenText(token))));
  return longest * LETTER <= layout.cellWidth ? "tokens" : "slanted tokens";
}

/** The px that the labels need below the heatmap. */
export const columnRoom = (labels: ColumnLabels): number => (labels === "slanted tokens" ? 58 : 18);

export const columnCentre = (layout: Layout, col: number): number => GUTTER + (col + 0.5) * layout.cellWidth;

export interface ColumnAxis {
  readonly ticks: SVGElement;
  readonly labels: readonly Label[];
}

export function columnAxis(
  payload: TensorPayload,
  view: View,
  layout: Layout,
  kind: ColumnLabels,
): ColumnAxis {
  const size = payload.shape[payload.preview!.colAxis!]!;
  const least = (APART * view.pool[1]) / layout.cellWidth;
  const step = size > 256 ? binaryStep(1.5 * least) : decimalStep(least);
  const labels = places(size, kind === "numbers" ? step : 1, kind === "numbers").map((index) => {
    const at = GUTTER + ((index + 0.5) / view.pool[1]) * layout.cellWidth;
    return { at, node: columnLabel(payload, layout, kind, index, at, "") };
  });
  const last = labels.at(-1)!.at;
  const bottom = layout.top + layout.plotHeight;
  return {
    ticks: svg("path", {
      class: "nnsight-tick",
      d: labels.map(({ at }) => `M${Math.floor(at) + 0.5} ${bottom}v4`).join(""),
    }),
    labels: labels.filter(({ at }) => kind !== "numbers" || at === last || last - at >= APART),
  };
}

/** The label of the column that is looked at. */
export const boldColumnLabel = (
  payload: TensorPayload,
  view: View,
  layout: Layout,
  kind: ColumnLabels,
  col: number,
): SVGElement =>
  columnLabel(payload, layout, kind, col * view.pool[1], columnCentre(layout, col), " nnsight-bold");

function columnLabel(
  payload: TensorPayload,
  layout: Layout,
  kind: ColumnLabels,
  index: number,
  x: number,
  weight: string,
): SVGElement {
  const y = layout.top + layout.plotHeight + 14;
  const token = kind === "numbers" ? undefined : tokenAt(payload, payload.preview!.colAxis, index);
  return token === undefined
    ? svg("text", { class: `nnsight-middle${weight}`, x, y }, String(index))
    : tokenLabel(tokenText(token), x, y, kind === "slanted tokens", weight);
}

const tokenLabel = (token: TokenText, x: number, y: number, slanted: boolean, weight: string): SVGElement =>
  slanted
    ? svg(
        "text",
        { class: `nnsight-mono nnsight-end${weight}`, transform: `translate(${x + 4} ${y - 4}) rotate(-45)` },
        ...tokenSvg(token),
      )
    : svg("text", { class: `nnsight-mono nnsight-middle${weight}`, x, y: y + 1 }, ...tokenSvg(token));

export function columnAxisName(payload: TensorPayload, layout: Layout): SVGElement[] {
  const axis = payload.preview!.colAxis;
  return axis === null
    ? []
    : [svg("text", { x: 0, y: layout.top + layout.plotHeight + 14 }, shortName(axisName(payload, axis)))];
}

/** A triangle over each column that stands out, its index beside it where there is room. */
export function outlierMarks(payload: TensorPayload, view: View, layout: Layout): SVGElement[] {
  const taken: number[] = [];
  return payload.preview!.outliers.map((index) => {
    const x = columnCentre(layout, Math.floor(index / view.pool[1]));
    const free = taken.every((other) => Math.abs(other - x) >= APART + 10);
    if (free) taken.push(x);
    const mark = svg("path", { class: "nnsight-mark", d: `M${x} ${layout.top - 3}l-3.5 -5h7z` });
    const label = svg(
      "text",
      { class: "nnsight-small nnsight-bold", x: x + 7.5, y: layout.top - 5 },
      String(index),
    );
    return svg("g", {}, mark, ...(free ? [label] : []));
  });
}
