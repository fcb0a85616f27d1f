/** What the colours mean: how the values are spread, over the colour bar. */

import { BAR, bars, gradientBar } from "../colour-bar.ts";
import { svg } from "../dom.ts";
import { formatTick, formatValue } from "../format.ts";
import { type Colour, colourAt, cssColour } from "../palette.ts";
import { SIDE } from "./layout.ts";
import type { Scene } from "./scene.ts";

const HEIGHT = 54;
const CAP_ROOM = 10;

export function legend(scene: Scene): SVGSVGElement {
  const node = svg("svg", { class: "nnsight-legend", width: SIDE, height: HEIGHT, "aria-hidden": "true" });
  node.append(...(scene.payload.dtype === "bool" ? twoColours(scene) : colourBar(scene)));
  return node;
}

/** Whether two drawings of one tensor have the same legend. */
export const isSameLegend = (a: Scene, b: Scene): boolean =>
  a.palette === b.palette &&
  a.range.lo === b.range.lo &&
  a.range.hi === b.range.hi &&
  (a.view === b.view || isOfWhole(b));

function twoColours({ range, palette }: Scene): SVGElement[] {
  return [0, 1].flatMap((value) => [
    svg("rect", {
      x: value * 64,
      y: BAR.y,
      width: 10,
      height: 10,
      fill: cssColour(colourAt(palette, value, range.lo, range.hi)),
    }),
    svg("text", { class: "nnsight-ink", x: value * 64 + 16, y: BAR.y + 9 }, formatValue(value, "bool")),
  ]);
}

function colourBar(scene: Scene): SVGElement[] {
  const { range, palette } = scene;
  const { statistics, dtype } = scene.payload;
  const { lo, hi } = range;
  const clips = {
    low: statistics.negativeInfinity > 0 || (statistics.min ?? lo) < lo,
    high: statistics.positiveInfinity > 0 || (statistics.max ?? hi) > hi,
  };
  const left = range.palette === "diverging" || clips.low ? CAP_ROOM : 0;
  const width = SIDE - left - (range.palette === "diverging" || clips.high ? CAP_ROOM : 0);
  const [y, bottom] = [BAR.y, BAR.y + BAR.height];
  const parts = [...bars(histogramIn(scene), left, width), ...gradientBar(palette, left, width)];
  if (clips.low) parts.push(cap(`M${left - 1.5} ${y}v6l-7 -3z`, palette[0]!));
  if (clips.high) parts.push(cap(`M${left + width + 1.5} ${y}v6l7 -3z`, palette[255]!));
  for (const [share, value] of tickValues(lo, hi, range.palette === "diverging" && hi >= 1e-3 && hi < 1e3)) {
    const [x, text] = [left + share * width, formatTick(value)];
    parts.push(
      svg("path", { class: "nnsight-tick", d: `M${Math.min(SIDE - 0.5, Math.round(x) + 0.5)} ${bottom}v3` }),
    );
    parts.push(svg("text", { ...placeOf(x, text), y: 37 }, text));
  }
  const extreme = (name: string, value: number | null, place: Record<string, string | number>) =>
    value === null
      ? []
      : [
          svg(
            "text",
            { y: 52, ...place },
            `${name} `,
            svg("tspan", { class: "nnsight-ink" }, formatValue(value, dtype)),
          ),
        ];
  return [
    ...parts,
    ...extreme("min", statistics.min, { x: 0 }),
    ...extreme("max", statistics.max, { x: SIDE, class: "nnsight-end" }),
  ];
}

/** Of the whole tensor where the colours are those of the whole, else of the cells in view. */
function histogramIn(scene: Scene): readonly number[] {
  const { range, payload, view } = scene;
  if (isOfWhole(scene)) return payload.histogram;
  const bins = payload.histogram.map(() => 0);
  const scale = bins.length / (range.hi - range.lo);
  for (let i = 0; i < view.values.length; i++) {
    const at = Math.floor((view.values[i]! - range.lo) * scale);
    if (!Number.isNaN(at)) bins[Math.min(bins.length - 1, Math.max(0, at))]!++;
  }
  return bins;
}

const isOfWhole = ({ range, payload }: Scene): boolean =>
  range.lo === payload.range.lo && range.hi === payload.range.hi;

/** In the middle under its tick, but within the legend. */
function placeOf(x: number, text: string): { class: string; x: number } {
  const half = text.length * 3;
  if (x - half < 0) return { class: "", x: 0 };
  return x + half > SIDE ? { class: "nnsight-end", x: SIDE } : { class: "nnsight-middle", x };
}

/** Places on the bar and the values there: five, or three where the labels are long. */
const tickValues = (lo: number, hi: number, five: boolean): [share: number, value: number][] =>
  (five ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1]).map((share) => [share, lo + share * (hi - lo)]);

const cap = (d: string, colour: Colour): SVGElement => svg("path", { d, fill: cssColour(colour) });
