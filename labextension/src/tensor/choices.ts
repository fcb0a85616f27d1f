/** What the reader has chosen to see of a tensor; it outlives a redrawing. */
import type { Axes, Rect, Reduction, TensorPayload } from "nnsight-ts/display";
import { type RangeMode, settings } from "../settings.ts";
import type { Sides } from "./detail.ts";

export interface Choices {
  readonly axes: Axes;
  /** Dimensions whose places stand side by side, at most two. */
  readonly facets: readonly number[];
  /** The part of the slice that is wanted; what is shown may be a little more. */
  readonly window: Rect;
  readonly reduce: Reduction;
  readonly range: RangeMode;
}

export const wholeOf = ({ rows, cols }: Sides): Rect => ({ row: 0, col: 0, rows, cols });

export const sidesIn = (shape: readonly number[], { rowAxis, colAxis }: Axes): Sides => ({
  rows: rowAxis === null ? 1 : shape[rowAxis]!,
  cols: colAxis === null ? 1 : shape[colAxis]!,
});

/** The slice that the notebook keeps. */
export function savedAxes({ preview, shape }: TensorPayload): Axes {
  const fixed = shape.map((_, axis) => preview!.fixed[axis] ?? 0);
  return { rowAxis: preview!.rowAxis, colAxis: preview!.colAxis, fixed };
}

export function firstChoices(payload: TensorPayload): Choices {
  const axes = savedAxes(payload);
  const { reduction, range } = settings();
  return { axes, facets: [], window: wholeOf(sidesIn(payload.shape, axes)), reduce: reduction, range };
}

/** Draws a dimension down or across; the one that was there takes its place, if it was drawn, else stands still. */
export function withAxis({ axes }: Choices, side: "rowAxis" | "colAxis", axis: number): Axes {
  const other = side === "rowAxis" ? "colAxis" : "rowAxis";
  return axes[other] === axis ? { ...axes, [side]: axis, [other]: axes[side] } : { ...axes, [side]: axis };
}

/** Whether both show the same slice. */
export const isSameSlice = (a: Axes, b: Axes): boolean =>
  a.rowAxis === b.rowAxis &&
  a.colAxis === b.colAxis &&
  a.fixed.every((at, axis) => axis === a.rowAxis || axis === a.colAxis || at === b.fixed[axis]);

/** The places along some dimensions, each by its index in every one of them; the last runs fastest. */
export const placesAlong = (shape: readonly number[], facets: readonly number[]): number[][] =>
  facets.reduce<number[][]>(
    (places, axis) =>
      places.flatMap((place) => Array.from({ length: shape[axis]! }, (_, i) => [...place, i])),
    [[]],
  );

/** The slice at one of these places. */
export const axesAt = (axes: Axes, facets: readonly number[], place: readonly number[]): Axes => ({
  ...axes,
  fixed: axes.fixed.map((at, axis) => place[facets.indexOf(axis)] ?? at),
});
