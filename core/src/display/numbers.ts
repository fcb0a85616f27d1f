/** The values of a tensor as JavaScript numbers, whatever its dtype. */
import type { Host } from "../tensor/host.ts";
import type { DType } from "../tensor/type.ts";

export type Numbers = Float32Array | Float64Array | Uint8Array;

export const bytesOf: Record<DType, number> = { float32: 4, int64: 8, bool: 1 };

/** The values themselves where they are numbers already; int64 is copied, and loses digits beyond 2^53. */
export function numbersOf({ data }: Host): Numbers {
  if (!(data instanceof BigInt64Array)) return data;
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) numbers[i] = Number(data[i]);
  return numbers;
}

/** `x` to so many significant digits, so that JSON stays short. */
export const rounded = (x: number, digits: number): number => Number(x.toPrecision(digits));
