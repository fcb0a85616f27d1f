/** One drawing of a tensor: which part, in which cells and colours. Everything in the figure is made from this alone. */
import type { Axes, ColourRange, Reduction, TensorPayload, Tokens } from "nnsight-ts/display";
import { type Colour, colourAt } from "../palette.ts";
import type { Sides } from "./detail.ts";
import type { Layout } from "./layout.ts";
import type { View } from "./view.ts";

export interface Scene {
  readonly payload: TensorPayload;
  readonly axes: Axes;
  /** The rows and columns of the slice, of which the view shows some or all. */
  readonly sides: Sides;
  readonly tokens: Tokens | undefined;
  readonly view: View;
  readonly layout: Layout;
  readonly range: ColourRange;
  readonly palette: readonly Colour[];
  readonly reduce: Reduction;
  /** The root mean square of each row; empty where not all columns are in view. */
  readonly rms: readonly (number | null)[];
  readonly outliers: readonly number[];
  /** Whether these are the cells that were asked for; else they stand in until those come. */
  readonly isCurrent: boolean;
}

/** Whether two drawings of one figure, in one width, differ in nothing but `isCurrent`. */
export const isSameDrawing = (a: Scene, b: Scene): boolean =>
  (["axes", "tokens", "view", "palette", "reduce"] as const).every((part) => a[part] === b[part]) &&
  a.range.lo === b.range.lo &&
  a.range.hi === b.range.hi &&
  a.outliers.join() === b.outliers.join();

/** The colour of a value; `undefined` for a missing one, which lets the page through. */
export const colourOf = ({ palette, range: { lo, hi } }: Scene, value: number): Colour | undefined =>
  Number.isNaN(value) ? undefined : colourAt(palette, value, lo, hi);
