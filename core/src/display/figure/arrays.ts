/** Columns as JSON: short ones as lists, long ones as plotly.js takes typed arrays, in base64. */
import { encodeBase64 } from "../base64.ts";
import { type Column, lengthOf } from "./read.ts";

/** As plotly.js names it: a typed array, row by row where it has a shape of `rows,cols`. */
export interface PackedArray {
  readonly dtype: "f4" | "f8" | "i4" | "u1";
  readonly bdata: string;
  readonly shape?: string;
}

const SHORT = 24;

export function packColumn(column: Column): unknown {
  if ("words" in column) return column.words;
  const { numbers, cols } = column;
  if (lengthOf(column) <= SHORT && cols === undefined)
    return Array.from(numbers, (x) => (Number.isFinite(x) ? x : null));
  const shape = cols === undefined ? {} : { shape: `${cols ? numbers.length / cols : 0},${cols}` };
  return { ...packed(numbers), ...shape } satisfies PackedArray;
}

/** In the smallest form that keeps every number. */
function packed(numbers: ArrayLike<number>): PackedArray {
  const all = Array.from(numbers);
  const isWhole = (lo: number, hi: number) =>
    all.every((x) => Number.isInteger(x) && !Object.is(x, -0) && x >= lo && x <= hi);
  if (isWhole(0, 255)) return { dtype: "u1", bdata: encodeBase64(Uint8Array.from(all)) };
  if (isWhole(-(2 ** 31), 2 ** 31 - 1)) return { dtype: "i4", bdata: bytesOf(Int32Array.from(all)) };
  if (all.every((x) => Object.is(Math.fround(x), x)))
    return { dtype: "f4", bdata: bytesOf(Float32Array.from(all)) };
  return { dtype: "f8", bdata: bytesOf(Float64Array.from(all)) };
}

const bytesOf = ({ buffer }: Int32Array | Float32Array | Float64Array): string =>
  encodeBase64(new Uint8Array(buffer));
