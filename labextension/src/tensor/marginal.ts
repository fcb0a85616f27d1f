/** How large each row is, on a log axis right of the heatmap. */
import { svg } from "../dom.ts";
import { formatTick } from "../format.ts";
import { axisName } from "./axes.ts";
import { GAP, GUTTER, type Layout, MAIN, SIDE } from "./layout.ts";
import type { Scene } from "./scene.ts";

export const SIDE_LEFT = GUTTER + MAIN + GAP;
const MOST_TICKS = 5;
/** From this height of a row on a line leads to its dot. */
const ROOMY = 8;

export function marginal({ payload, axes, rms, layout }: Scene): SVGElement[] {
  const known = rms.filter((value) => value !== null && value > 0) as number[];
  if (rms.length < 2 || known.length === 0 || axes.rowAxis === null) return [];
  const low = Math.floor(Math.log10(known.reduce((a, b) => Math.min(a, b))) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(known.reduce((a, b) => Math.max(a, b))) - 1e-9));
  const x = (value: number) => SIDE_LEFT + ((Math.log10(value) - low) / (high - low)) * SIDE;
  return [
    svg("text", { x: SIDE_LEFT, y: 12 }, `rms per ${axisName(payload, axes.rowAxis)}`),
    ...decades(low, high).flatMap((power) => gridLine(power, low, high, x(10 ** power), layout)),
    ...(layout.cellHeight >= ROOMY ? stems(rms, x, layout) : []),
    dots(rms, x, layout),
  ];
}

/** Every power of ten between two, or every so many if they are too many. */
function decades(low: number, high: number): number[] {
  const step = Math.ceil((high - low) / MOST_TICKS);
  const powers = [];
  for (let power = low; power < high; power += step) powers.push(power);
  return [...powers, high];
}

function gridLine(
  power: number,
  low: number,
  high: number,
  at: number,
  { plotHeight, top }: Layout,
): SVGElement[] {
  const x = Math.round(at) + (power === high ? -0.5 : 0.5);
  const side = power === low ? "" : power === high ? "nnsight-end" : "nnsight-middle";
  const label = { class: side, x: power === high ? SIDE_LEFT + SIDE : at, y: top + plotHeight + 14 };
  return [
    svg("path", { class: "nnsight-line", d: `M${x} ${top}v${plotHeight}` }),
    svg("path", { class: "nnsight-tick", d: `M${x} ${top + plotHeight}v4` }),
    svg("text", label, formatTick(Number(`1e${power}`))),
  ];
}

const rowMiddle = (row: number, { top, cellHeight }: Layout): number => top + (row + 0.5) * cellHeight;

const stems = (rms: Scene["rms"], x: (value: number) => number, layout: Layout): SVGElement[] =>
  rms.flatMap((value, row) =>
    value
      ? [svg("path", { class: "nnsight-stem", d: `M${SIDE_LEFT} ${rowMiddle(row, layout)}H${x(value)}` })]
      : [],
  );

/** One path for all, as there may be hundreds; a row of zeros has a place but no dot. */
function dots(rms: Scene["rms"], x: (value: number) => number, layout: Layout): SVGElement {
  const d = rms.map((value, row) => (value ? `M${x(value)} ${rowMiddle(row, layout)}h0` : "")).join("");
  const width = Math.min(5.5, Math.max(2, (layout.cellHeight * 2) / 3));
  return svg("path", { class: "nnsight-dots", d, "stroke-width": width, "stroke-linecap": "round" });
}
