/** The arrays of a figure's traces as numbers and words again. */
import type { FigurePayload } from "nnsight-ts/display";

export type Column = readonly (number | string | null)[] | ArrayLike<number>;

/** plotly.js's typed arrays, by their names. */
const ARRAYS = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };

export interface Matrix {
  readonly values: ArrayLike<number>;
  readonly cols: number;
}

type Trace = FigurePayload["data"][number];

export function columnOf(trace: Trace, name: string): Column | undefined {
  const value = trace[name];
  if (Array.isArray(value)) return value as Column;
  return isPacked(value) ? unpacked(value) : undefined;
}

export function matrixOf({ z }: Trace): Matrix | undefined {
  if (!isPacked(z) || !z.shape) return undefined;
  return { values: unpacked(z), cols: Number(z.shape.split(",")[1]) };
}

interface Packed {
  readonly dtype: keyof typeof ARRAYS;
  readonly bdata: string;
  readonly shape?: string;
}

const isPacked = (x: unknown): x is Packed =>
  typeof x === "object" && x !== null && "bdata" in x && "dtype" in x && String(x.dtype) in ARRAYS;

function unpacked({ dtype, bdata }: Packed): ArrayLike<number> {
  const bytes = Uint8Array.from(atob(bdata), (letter) => letter.charCodeAt(0));
  return new ARRAYS[dtype](bytes.buffer);
}
