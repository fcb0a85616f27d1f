/** A figure in a sentence, for those who do not see it. */
import type { TensorPayload } from "nnsight-ts/display";
import { formatValue } from "../format.ts";
import { counted, sidesOf } from "./axes.ts";

/** `Heatmap of model.layers.6.output[0]: 14 positions by 576 features, from −218 to 1 044.` */
export function sentence(payload: TensorPayload): string {
  const { name, dtype, shape, preview, statistics } = payload;
  const { rowAxis, colAxis } = preview!;
  const { down, across } = sidesOf(payload);
  const sides = [
    ...(rowAxis === null ? [] : [counted(shape[rowAxis]!, down)]),
    ...(colAxis === null ? [] : [counted(shape[colAxis]!, across)]),
  ];
  const { min, max, nan } = statistics;
  const spread = min === null ? "" : `, from ${formatValue(min, dtype)} to ${formatValue(max!, dtype)}`;
  return `Heatmap${name ? ` of ${name}` : ""}: ${sides.join(" by ")}${spread}${nan > 0 ? `, ${nan} nan` : ""}.`;
}
