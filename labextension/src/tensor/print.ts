/** Values as they are printed inside cells: as short as can be. */
import type { TensorPayload } from "nnsight-ts/display";
import { formatInteger, formatNumber, formatWeight, LEAST_WEIGHT, withoutZero } from "../format.ts";

const LONGEST = 6;

/** How the cells of a tensor print their value. Weights, from 0 to 1, leave the small ones out. */
export function printerOf({ dtype, range, statistics }: TensorPayload): (value: number) => string {
  if (dtype === "bool") return () => "";
  if (dtype === "int64") return (value) => shortest(formatInteger(value), value);
  const weights = range.palette === "sequential" && (statistics.max ?? 0) <= 1 && range.hi > LEAST_WEIGHT;
  return weights ? formatWeight : printFloat;
}

function printFloat(value: number): string {
  const size = Math.abs(value);
  if (size >= 1 || size < 1e-3 || !Number.isFinite(value)) return shortest(formatNumber(value), value);
  return withoutZero(value.toPrecision(size < 0.1 ? 2 : 3).replace("-", "\u2212"));
}

const shortest = (text: string, value: number): string =>
  text.length <= LONGEST ? text : value.toExponential(1).replace("e+", "e").replace(/-/g, "\u2212");
