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

/** Whether a figure that is drawn needs no more than its cells anew: it is the same but that these have become exact. */
export const isSameFrame = (drawn: Scene, next: Scene): boolean =>
  (["axes", "tokens", "palette", "reduce"] as const).every((part) => drawn[part] === next[part]) &&
  (drawn.view === next.view || !drawn.isCurrent) &&
  aroundCells(drawn) === aroundCells(next);

const aroundCells = ({ view: { at, pool }, layout, range: { lo, hi }, outliers }: Scene): string =>
  JSON.stringify([at, pool, layout, lo, hi, outliers]);

/** The colour of a value; `undefined` for a missing one, which lets the page through. */
export const colourOf = ({ palette, range: { lo, hi } }: Scene, value: number): Colour | undefined =>
  Number.isNaN(value) ? undefined : colourAt(palette, value, lo, hi);
