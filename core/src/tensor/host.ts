/** Numbers in memory: concrete sizes and the values in row-major order. Knows nothing of laziness. */
import { type DType, facts } from "./dtype.ts";
import { allocateHalf, bfloatBits, bfloatFloats, bfloatNumber, halfOfBits } from "./half.ts";
import type { Blocks, Packed } from "./packed.ts";

/**
 * One typed array for each dtype, of the same name, but for: int64 is BigInt64Array, bool is Uint8Array of 0 and 1, and
 * bfloat16 is Uint16Array of its bits.
 */
export type Data =
  | Float32Array
  | Float64Array
  | Float16Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Uint16Array;

export interface Host {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The values. For weights that stay in their file, a getter that reads them when they are first asked for. */
  readonly data: Data;
  /** Where the same bytes lie in a file, so that ONNX Runtime can map them. */
  readonly source?: FileRange;
  /** Of a weight that is kept in fewer bits: these. Its dtype is float32, and `data` are the numbers that they stand for. */
  readonly packed?: Packed;
  /** Of a float32 weight whose file has it in blocks: these, too, which are fewer bytes to multiply one row with. */
  readonly blocks?: Blocks;
}

/** Whether this is numbers with a dtype and a shape. */
export const isHost = (x: unknown): x is Host =>
  typeof x === "object" && x !== null && "dtype" in x && "data" in x && "shape" in x;

/** Bytes of a file, little-endian. */
export interface FileRange {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

const room: Readonly<Record<DType, (n: number) => Data>> = {
  float32: (n) => new Float32Array(n),
  float64: (n) => new Float64Array(n),
  float16: allocateHalf,
  bfloat16: (n) => new Uint16Array(n),
  int64: (n) => new BigInt64Array(n),
  int32: (n) => new Int32Array(n),
  int16: (n) => new Int16Array(n),
  int8: (n) => new Int8Array(n),
  uint8: (n) => new Uint8Array(n),
  bool: (n) => new Uint8Array(n),
};

/** Room for `n` values of a dtype, all zero. */
export const allocate = (dtype: DType, n: number): Data => room[dtype](n);

/** Bytes, from their first on, as the values of a dtype, without a copy. */
export function viewed(bytes: ArrayBuffer, dtype: DType): Data {
  if (dtype === "float16") return halfOfBits(new Uint16Array(bytes));
  const Values = allocate(dtype, 0).constructor as new (bytes: ArrayBuffer) => Data;
  return new Values(bytes);
}

/** Numbers as JavaScript has them: what a processor or a picture may read, whatever the dtype. */
export type Numbers = Exclude<Data, BigInt64Array | Uint16Array>;

/** The values as numbers: themselves where they are, else a copy (int64 beyond 2^53 loses digits). */
export function numbersOf({ dtype, data }: Host): Numbers {
  if (dtype === "bfloat16") return bfloatFloats(data as Uint16Array);
  if (!(data instanceof BigInt64Array)) return data as Numbers;
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) numbers[i] = Number(data[i]);
  return numbers;
}

/** The value at a flat index: int64 as it is, everything else as a number (bool as 0 or 1). */
export const valueAt = ({ dtype, data }: Host, i: number): number | bigint =>
  dtype === "bfloat16" ? bfloatNumber(data[i] as number) : data[i]!;

/** The value at a flat index as a JavaScript number (bool as 0 or 1; int64 beyond 2^53 loses digits). */
export const numberAt = (x: Host, i: number): number => Number(valueAt(x, i));

/** A tensor without dimensions. */
export function scalar(value: number | boolean, dtype: DType): Host {
  const data = allocate(dtype, 1);
  data[0] = storing(dtype)(Number(value));
  return { dtype, shape: [], data };
}

/** What a processor makes of a number as int64: the fraction is dropped, what does not fit is the least number. */
const wholeOf = (value: number | bigint): bigint =>
  typeof value === "bigint" ? value : Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);

/** How a number is put into the data of a dtype: floats are rounded, integers truncated and wrapped, bool is 0 or 1. */
export function storing(dtype: DType): (value: number | bigint) => number | bigint {
  if (dtype === "bool") return (value) => Number(Number(value) !== 0);
  if (dtype === "bfloat16") return (value) => bfloatBits(Number(value));
  if (dtype === "float16") return (value) => Math.fround(Number(value));
  if (facts[dtype].kind === "float") return Number;
  if (dtype === "int64") return wholeOf;
  return (value) =>
    typeof value === "number" && Math.abs(value) <= 2 ** 31
      ? Math.trunc(value)
      : Number(BigInt.asIntN(32, wholeOf(value)));
}

/** The same values as another dtype, as torch's `to` (float to int truncates, anything but 0 is true). */
export function cast(x: Host, dtype: DType): Host {
  if (x.dtype === dtype) return x;
  const from = x.dtype === "int64" ? x.data : numbersOf(x);
  const data = allocate(dtype, from.length);
  const store = storing(dtype);
  for (let i = 0; i < data.length; i++) data[i] = store(from[i]!);
  return { dtype, shape: x.shape, data };
}
