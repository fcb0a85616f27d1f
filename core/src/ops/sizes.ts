/** How the sizes and options of a new tensor are written. */
import { TypeError } from "../base/errors.ts";
import type { DType } from "../tensor/type.ts";

export interface Made {
  readonly dtype?: DType;
}

/** Sizes one after the other or as a list; a dtype may follow. */
export type Sizes =
  | readonly [...number[]]
  | readonly [...number[], Made]
  | readonly [readonly number[], Made?];

/** Numbers, or a list of them, and the options behind them. */
export function withOptions(args: readonly unknown[]): [numbers: readonly number[], options: Made] {
  const last = args.at(-1);
  const options = (typeof last === "object" && !Array.isArray(last) ? last : {}) as Made;
  const numbers = (
    Array.isArray(args[0]) ? args[0] : args.filter((arg) => typeof arg === "number")
  ) as number[];
  return [numbers, options];
}

/** @throws TypeError when a size is no whole number from 0 */
export function checked(size: readonly number[]): readonly number[] {
  if (size.every((n) => Number.isInteger(n) && n >= 0)) return size;
  throw new TypeError(`[${size.join(", ")}] are no sizes: use whole numbers from 0`);
}
