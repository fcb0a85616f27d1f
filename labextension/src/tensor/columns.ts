/** What stands under and over the heatmap: ticks, column tokens, marks of outliers. */
import { svg } from "../dom.ts";
import { binaryStep, decimalStep, endsAndPlaces, placesIn } from "../ticks.ts";
import { type TokenText, tokenLength, tokenSvg, tokenText } from "../token.ts";
import { tokenAt } from "./axes.ts";
import { GUTTER } from "./layout.ts";
import type { Label } from "./rows.ts";
import type { Scene } from "./scene.ts";

/** How near two labels may stand. */
export const APART = 28;
const LETTER = 6.7;
const NARROWEST_TOKEN = 12;
/** From so many on, features are counted in powers of two. */
const MANY = 256;

export type ColumnLabels = "numbers" | "tokens" | "slanted tokens";

export function columnLabelsOf({ tokens, axes, view, layout }: Scene): ColumnLabels {
  if (!tokens || tokens.axis !== axes.colAxis || view.pool[1] > 1 || layout.cellWidth < NARROWEST_TOKEN)
    return "numbers";
  const shown = tokens.labels.slice(view.at.col, view.at.col + view.at.cols);
  const longest = Math.max(...shown.map((token) => tokenLength(tokenText(token))));
  return longest * LETTER <= layout.cellWidth ? "tokens" : "slanted tokens";
}

/** The px that the labels need below the heatmap. */
export const columnRoom = (labels: ColumnLabels): number => (labels === "slanted tokens" ? 58 : 18);

/** The middle of the cell over a column, in px. */
export const columnCentre = ({ layout }: Scene, cell: number): number =>
  GUTTER + (cell + 0.5) * layout.cellWidth;

export interface ColumnAxis {
  readonly ticks: SVGElement;
  readonly labels: readonly Label[];
}

export function columnAxis(scene: Scene, kind: ColumnLabels): ColumnAxis {
  const { view, layout, sides } = scene;
  const least = (APART * view.pool[1]) / layout.cellWidth;
  const isMany = sides.cols > MANY && view.at.cols > MANY;
  const step = isMany ? binaryStep(1.5 * least) : decimalStep(least);
  const { col, cols } = view.at;
  const places = kind === "numbers" ? endsAndPlaces(col, cols, step) : placesIn(col, cols, 1);
  const labels = places.map((index) => {
    const at = GUTTER + ((index - col + 0.5) / view.pool[1]) * layout.cellWidth;
    return { at, node: columnLabel(scene, kind, index, at, "") };
  });
  const [first, last] = [labels[0]!.at, labels.at(-1)!.at];
  const bottom = layout.top + layout.plotHeight;
  return {
    ticks: svg("path", {
      class: "nnsight-tick",
      d: labels.map(({ at }) => `M${Math.floor(at) + 0.5} ${bottom}v4`).join(""),
    }),
    labels: labels.filter(
      ({ at }) =>
        kind !== "numbers" || at === first || at === last || (last - at >= APART && at - first >= APART / 2),
    ),
  };
}

/** The label of the column that is looked at. */
export const boldColumnLabel = (scene: Scene, kind: ColumnLabels, index: number, cell: number): SVGElement =>
  columnLabel(scene, kind, index, columnCentre(scene, cell), " nnsight-bold");

function columnLabel(
  { layout, tokens, axes }: Scene,
  kind: ColumnLabels,
  index: number,
  x: number,
  weight: string,
): SVGElement {
  const y = layout.top + layout.plotHeight + 14;
  const token = kind === "numbers" ? undefined : tokenAt(tokens, axes.colAxis, index);
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

/** A triangle over each column that stands out, its index on the side where there is room. */
export function outlierMarks(scene: Scene): SVGElement[] {
  const { view, layout, outliers } = scene;
  const inView = outliers.filter((index) => index >= view.at.col && index < view.at.col + view.at.cols);
  const marks = inView
    .map((index) => ({ index, x: columnCentre(scene, Math.floor((index - view.at.col) / view.pool[1])) }))
    .sort((a, b) => a.x - b.x);
  let taken = GUTTER - APART; // up to here something is written
  return marks.map(({ index, x }, i) => {
    const mark = svg("path", { class: "nnsight-mark", d: `M${x} ${layout.top - 3}l-3.5 -5h7z` });
    const room = 10 + 6.1 * String(index).length;
    const next = marks[i + 1]?.x ?? Infinity;
    const side = next - x > room + 4 ? 1 : x - taken > room + 4 ? -1 : 0;
    taken = side === 1 ? x + room : x;
    if (side === 0) return mark;
    const place = { x: x + side * 7.5, y: layout.top - 5 };
    const end = side === 1 ? "" : " nnsight-end";
    const label = svg("text", { class: `nnsight-small nnsight-bold${end}`, ...place }, String(index));
    return svg("g", {}, mark, label);
  });
}
