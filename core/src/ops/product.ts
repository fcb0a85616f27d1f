/** Products of matrices in plain TypeScript: float32 accumulated in float64, int64 exact. */
import type { Data } from "../tensor/host.ts";

/** `batches` products of [n, k] and [k, m], or [m, k] when the right one is transposed. */
export function product(
  a: Data,
  b: Data,
  batches: number,
  n: number,
  k: number,
  m: number,
  transposed: boolean,
): Float32Array | BigInt64Array {
  const [step, next] = transposed ? [1, k] : [m, 1];
  const out =
    a instanceof BigInt64Array ? new BigInt64Array(batches * n * m) : new Float32Array(batches * n * m);
  for (let at = 0; at < out.length; at++) {
    const row = Math.floor(at / m);
    const batch = Math.floor(row / n);
    const left = row * k;
    const right = batch * k * m + (at % m) * next;
    out[at] =
      a instanceof BigInt64Array
        ? dotInt(a, left, b as BigInt64Array, right, step, k)
        : dot(a as Float32Array, left, b as Float32Array, right, step, k);
  }
  return out;
}

function dot(a: Float32Array, left: number, b: Float32Array, right: number, step: number, k: number): number {
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
