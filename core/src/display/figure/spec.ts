/** Figures as plotly.js describes them: traces of data and a layout. */
import type { Tensor } from "../../trace/tensor.ts";

type Floats = Float16Array | Float32Array | Float64Array;
type Integers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** One array of a trace: numbers, words, or a tensor that has its numbers. */
export type Values = readonly (number | string | null)[] | Floats | Integers | Tensor;

export interface Marker {
  readonly color?: string | Values;
  readonly size?: number | Values;
  readonly [option: string]: unknown;
}

/** All that plotly.js knows may stand here; pictures without it show `scatter`, `bar`, `histogram` and `heatmap`. */
export interface Trace {
  readonly type?: string;
  readonly mode?: string;
  readonly name?: string;
  readonly x?: Values;
  readonly y?: Values;
  readonly z?: Values | readonly Values[];
  readonly text?: string | readonly string[];
  readonly marker?: Marker;
  readonly [option: string]: unknown;
}

export interface Axis {
  readonly title?: string | { readonly text?: string };
  readonly type?: string;
  readonly range?: readonly [number, number];
  readonly autorange?: boolean | string;
  readonly [option: string]: unknown;
}

export interface Layout {
  readonly title?: string | { readonly text?: string };
  readonly xaxis?: Axis;
  readonly yaxis?: Axis;
  readonly height?: number;
  readonly [option: string]: unknown;
}

export interface FigureSpec {
  readonly data: readonly Trace[];
  readonly layout?: Layout;
}

/** A title in either of its forms. */
export const titleOf = (title: Axis["title"]): string =>
  (typeof title === "string" ? title : title?.text) ?? "";
