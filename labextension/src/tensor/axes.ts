/** What the dimensions of a tensor and the places along them are called. */
import type { Axes, TensorPayload, Tokens } from "nnsight-ts/display";

export const axisName = (payload: TensorPayload, axis: number): string => payload.axes[axis] ?? `dim ${axis}`;

/** A name that fits the gutter. */
export const shortName = (name: string): string => (name.length > 11 ? `${name.slice(0, 9)}…` : name);

/** `12 positions`, `4 columns`. */
export const counted = (n: number, name: string): string => `${n} ${n === 1 ? name : plural(name)}`;

/** More than one of something. */
export const plural = (name: string): string =>
  /[^aeiou]y$/.test(name) ? name.replace(/y$/, "ies") : name.endsWith("s") ? name : `${name}s`;

/** What runs down and across: by the names of the dimensions, else rows and columns. */
export function sidesOf(
  { axes: names }: TensorPayload,
  { rowAxis, colAxis }: Pick<Axes, "rowAxis" | "colAxis">,
): { down: string; across: string } {
  return {
    down: (rowAxis === null ? null : names[rowAxis]) ?? "row",
    across: (colAxis === null ? null : names[colAxis]) ?? (rowAxis === null ? "value" : "column"),
  };
}

/** The token at a place along a dimension, if the dimension has tokens. */
export const tokenAt = (
  tokens: Tokens | undefined,
  axis: number | null,
  index: number,
): string | undefined => (tokens && tokens.axis === axis ? tokens.labels[index] : undefined);
