/** Products of matrices in plain TypeScript: floats accumulated in float64, int64 exact. */
import type { Data } from "../tensor/host.ts";
import type { Floats } from "./kernels.ts";

/** `batches` products of [n, k] and [k, m], or [m, k] when the right one is transposed. */
export function product(
  a: Data,
  b: Data,
  batches: number,
  n: number,
  k: number,
  m: number,
  transposed: boolean,
): Floats | BigInt64Array {
  const [step, next] = transposed ? [1, k] : [m, 1];
  const size = batches * n * m;
  const out =
    a instanceof BigInt64Array
      ? new BigInt64Array(size)
      : a instanceof Float64Array
        ? (new Float64Array(size) as unknown as Floats)
        : new Float32Array(size);
  for (let at = 0; at < out.length; at++) {
    const row = Math.floor(at / m);
    const batch = Math.floor(row / n);
    const left = row * k;
    const right = batch * k * m + (at % m) * next;
    out[at] =
      a instanceof BigInt64Array
        ? dotInt(a, left, b as BigInt64Array, right, step, k)
        : dot(a as Floats, left, b as Floats, right, step, k);
  }
  return out;
}

function dot(a: Floats, left: number, b: Floats, right: number, step: number, k: number): number {
  let total = 0;
  for (let i = 0; i < k; i++) total += a[left + i]! * b[right + i * step]!;
  return total;
}

function dotInt(
  a: BigInt64Array,
  left: number,
  b: BigInt64Array,
  right: number,
  step: number,
  k: number,
): bigint {
  let total = 0n;
  for (let i = 0; i < k; i++) total += a[left + i]! * b[right + i * step]!;
  return total;
}
