/** A figure in a sentence, for those who do not see it. */
import { formatInteger, formatValue } from "../format.ts";
import { axisName, counted, sidesOf } from "./axes.ts";
import type { Scene } from "./scene.ts";

/** `Heatmap of model.layers.6.output[0]: 14 positions by 576 features, from −218 to 1 044.` */
export function sentence({ payload, axes, sides, view: { at } }: Scene): string {
  const { name, dtype, statistics } = payload;
  const { down, across } = sidesOf(payload, axes);
  const part = (first: number, count: number, total: number, what: string) =>
    count === total
      ? counted(total, what)
      : `${counted(count, what)} from ${formatInteger(first)} of ${formatInteger(total)}`;
  const parts = [
    ...(axes.rowAxis === null ? [] : [part(at.row, at.rows, sides.rows, down)]),
    ...(axes.colAxis === null ? [] : [part(at.col, at.cols, sides.cols, across)]),
  ];
  const held = axes.fixed.flatMap((index, axis) =>
    axis === axes.rowAxis || axis === axes.colAxis || payload.shape[axis] === 1
      ? []
      : [` at ${axisName(payload, axis)} ${index}`],
  );
  const { min, max, nan } = statistics;
  const spread = min === null ? "" : `, from ${formatValue(min, dtype)} to ${formatValue(max!, dtype)}`;
  return `Heatmap${name ? ` of ${name}` : ""}: ${parts.join(" by ")}${held.join("")}${spread}${nan > 0 ? `, ${nan} nan` : ""}.`;
}
