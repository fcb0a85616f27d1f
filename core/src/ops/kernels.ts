/** Loops of plain TypeScript that many evaluations share. Float results are computed in float64 and rounded once. */

import { type DType, floatOf } from "../tensor/dtype.ts";
import { allocate, cast, type Data, type Host, sizeOf } from "../tensor/host.ts";
import { broadcast } from "../tensor/type.ts";
import { broadcastView, joined, readView, stridesOf } from "../tensor/view.ts";

/** float32 or float64 numbers; TypeScript cannot call the methods of a union of both. */
export type Floats = Float32Array;

/** f of every number of x, as its float dtype. */
export function mapFloat(x: Host, f: (v: number) => number): Host {
  const dtype = floatOf(x.dtype);
  const from = x.data;
  const data = allocate(dtype, from.length);
  for (let i = 0; i < data.length; i++) data[i] = f(Number(from[i]));
  return { dtype, shape: x.shape, data };
}

/** f of every value of x, as `dtype`. */
export function mapTo<T extends number | bigint>(x: Host, dtype: DType, f: (v: T) => number | bigint): Host {
  const from = x.data;
  const data = allocate(dtype, from.length);
  for (let i = 0; i < data.length; i++) data[i] = f(from[i] as T);
  return { dtype, shape: x.shape, data };
}

/** f of every pair of a and b, broadcast, as `dtype`. Both have the dtype that f takes. */
export function zipTo<T extends number | bigint>(
  a: Host,
  b: Host,
  dtype: DType,
  f: (a: T, b: T) => number | bigint,
): Host {
  const shape = broadcast(a.shape, b.shape) as number[];
  const left = spread(a, shape);
  const right = spread(b, shape);
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++)
    data[i] = f(left.data[i * left.step] as T, right.data[i * right.step] as T);
  return { dtype, shape, data };
}

/** The values of x repeated to a shape; step 0 for a single value. */
function spread(x: Host, shape: readonly number[]): { data: Data; step: 0 | 1 } {
  if (x.data.length === 1) return { data: x.data, step: 0 };
  return { data: broadcastTo(x, shape).data, step: 1 };
}

/** x repeated to a shape that it broadcasts to. */
export function broadcastTo(x: Host, shape: readonly number[]): Host {
  const view = broadcastView(x.shape, shape);
  const flat = joined(view);
  if (flat.shape.length === 0 || (flat.shape.length === 1 && flat.strides[0] === 1))
    return { ...x, shape, data: x.data };
  return readView(x, view);
}

/** The same values with other sizes. */
export const withShape = (x: Host, shape: readonly number[]): Host => ({
  dtype: x.dtype,
  shape,
  data: x.data,
});

/** x with its dimensions in another order. */
export function permuted(x: Host, order: readonly number[]): Host {
  if (order.every((axis, i) => axis === i)) return x;
  const strides = stridesOf(x.shape);
  return readView(x, {
    shape: order.map((i) => x.shape[i]!),
    strides: order.map((i) => strides[i]!),
    start: 0,
  });
}

/** Values along some axes laid out one run after the other: `rows` runs of `n` values. */
export interface Runs {
  readonly data: Data;
  readonly rows: number;
  readonly n: number;
  /** The shape without the axes. */
  readonly shape: readonly number[];
}

export function runsOf(x: Host, axes: readonly number[]): Runs {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const shape = kept.map((i) => x.shape[i]!);
  return {
    data: permuted(x, [...kept, ...axes]).data,
    rows: sizeOf(shape),
    n: sizeOf(axes.map((i) => x.shape[i]!)),
    shape,
  };
}

/** The shape with 1 for each axis when they are kept. */
export const keptShape = (x: Host, axes: readonly number[], keepdim: boolean): number[] =>
  x.shape.flatMap((size, i) => (!axes.includes(i) ? [size] : keepdim ? [1] : []));

/** One float from each run along the axes. */
export function reduceFloat(
  x: Host,
  axes: readonly number[],
  keepdim: boolean,
  f: (run: Floats) => number,
): Host {
  const dtype = floatOf(x.dtype);
  const { data, rows, n } = runsOf(cast(x, dtype), axes);
  const out = allocate(dtype, rows);
  for (let row = 0; row < rows; row++) out[row] = f((data as Floats).subarray(row * n, (row + 1) * n));
  return { dtype, shape: keptShape(x, axes, keepdim), data: out };
}

/** A run from each run along one axis, of the same or another length, laid out as x was. */
export function alongAxis(
  x: Host,
  axis: number,
  dtype: DType,
  n: number,
  f: (from: Data, to: Data) => void,
): Host {
  const runs = runsOf(x, [axis]);
  const out = allocate(dtype, runs.rows * n);
  for (let row = 0; row < runs.rows; row++) {
    f(runs.data.subarray(row * runs.n, (row + 1) * runs.n), out.subarray(row * n, (row + 1) * n));
  }
  const back = [...x.shape.keys()].map((i) => (i < axis ? i : i === axis ? x.shape.length - 1 : i - 1));
  return permuted({ dtype, shape: [...runs.shape, n], data: out }, back);
}
