/** Numbers in memory: concrete sizes and the values in row-major order. Knows nothing of laziness. */
import type { DType } from "./type.ts";

/** float32 as Float32Array, int64 as BigInt64Array, bool as Uint8Array of 0 and 1. */
export type Data = Float32Array | BigInt64Array | Uint8Array;

export interface Host {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The values. For weights that stay in their file, a getter that reads them when they are first asked for. */
  readonly data: Data;
  /** Where the same bytes lie in a file, so that ONNX Runtime can map them. */
  readonly source?: FileRange;
}

/** Bytes of a file, little-endian. */
export interface FileRange {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Room for `n` values of a dtype, all zero. */
export function allocate(dtype: DType, n: number): Data {
  if (dtype === "float32") return new Float32Array(n);
  return dtype === "int64" ? new BigInt64Array(n) : new Uint8Array(n);
}

/** The value at a flat index as a JavaScript number (bool as 0 or 1; int64 beyond 2^53 loses digits). */
export const numberAt = (x: Host, i: number): number => Number(x.data[i]!);

/** A tensor without dimensions. */
export function scalar(value: number | boolean, dtype: DType): Host {
  const data = allocate(dtype, 1);
  data[0] = dtype === "int64" ? BigInt(Math.trunc(Number(value))) : Number(value);
  return { dtype, shape: [], data };
}

/** What a processor makes of a number as int64: the fraction is dropped, what does not fit is the least number. */
const wholeOf = (value: number): bigint =>
  Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);

/** The same values as another dtype, as torch's `to` (float to int truncates, anything but 0 is true). */
export function cast(x: Host, dtype: DType): Host {
  if (x.dtype === dtype) return x;
  const from = x.data;
  const data = allocate(dtype, from.length);
  for (let i = 0; i < data.length; i++) {
    const value = from[i]!;
    if (dtype === "int64") data[i] = wholeOf(Number(value));
    else data[i] = dtype === "bool" ? Number(Number(value) !== 0) : Number(value);
  }
  return { dtype, shape: x.shape, data };
}
