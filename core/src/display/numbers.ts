/** The values of a tensor as JavaScript numbers, whatever its dtype. */

import { facts } from "../tensor/dtype.ts";
import type { DType } from "../tensor/type.ts";

export { type Numbers, numbersOf } from "../tensor/host.ts";

export const bytesOf = (dtype: DType): number => facts[dtype].bytes;

/** `x` to so many significant digits, so that JSON stays short. */
export const rounded = (x: number, digits: number): number => Number(x.toPrecision(digits));
