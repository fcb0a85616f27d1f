/** Right of a part of a slice: where in the whole it lies. */
import { svg } from "../dom.ts";
import { formatInteger } from "../format.ts";
import { plural, sidesOf } from "./axes.ts";
import { isWhole } from "./detail.ts";
import { SIDE } from "./layout.ts";
import { SIDE_LEFT } from "./marginal.ts";
import type { Scene } from "./scene.ts";

const TALLEST = 96;
const LEAST = 2;

export function locator({ payload, axes, sides, view: { at }, layout: { top } }: Scene): SVGElement[] {
  if (isWhole(at, sides)) return [];
  const [width, height] = boxOf(sides.rows, sides.cols);
  const x = SIDE_LEFT + (at.col / sides.cols) * width;
  const y = top + (at.row / sides.rows) * height;
  const names = sidesOf(payload, axes);
  const lines = [
    ...(axes.rowAxis === null || at.rows === sides.rows
      ? []
      : [span(names.down, at.row, at.rows, sides.rows)]),
    ...(axes.colAxis === null || at.cols === sides.cols
      ? []
      : [span(names.across, at.col, at.cols, sides.cols)]),
  ];
  return [
    svg("text", { x: SIDE_LEFT, y: 12 }, "in view"),
    svg("rect", {
      class: "nnsight-whole",
      x: SIDE_LEFT + 0.5,
      y: top + 0.5,
      width: width - 1,
      height: height - 1,
    }),
    svg("rect", {
      class: "nnsight-part",
      x: Math.min(x, SIDE_LEFT + width - LEAST),
      y: Math.min(y, top + height - LEAST),
      width: Math.max(LEAST, (at.cols / sides.cols) * width),
      height: Math.max(LEAST, (at.rows / sides.rows) * height),
    }),
    ...lines.map((line, i) => svg("text", { x: SIDE_LEFT, y: top + height + 16 + 14 * i }, ...line)),
  ];
}

/** The shape of the slice, as far as it can be drawn. */
function boxOf(rows: number, cols: number): [width: number, height: number] {
  const scale = Math.min(SIDE / cols, TALLEST / rows);
  return [Math.max(12, cols * scale), Math.max(12, rows * scale)];
}

const span = (name: string, first: number, count: number, total: number): (Node | string)[] => [
  `${plural(name)} `,
  svg("tspan", { class: "nnsight-ink" }, `${formatInteger(first)}–${formatInteger(first + count - 1)}`),
  ` of ${formatInteger(total)}`,
];
