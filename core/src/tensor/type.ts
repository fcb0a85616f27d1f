/** The type of a value: its dtype and shape. Knows nothing of values, graphs or ONNX. */
import { ShapeError } from "../base/errors.ts";
import type { DType } from "./dtype.ts";

export type { DType } from "./dtype.ts";
export { promote } from "./dtype.ts";

/** A size with a name (`batch`, `position`), whose number is known only where the inputs are. */
export interface Axis {
  readonly name: string;
  readonly size?: number;
}

export type Dim = number | Axis;

export interface Type {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** Known only at the run, and perhaps no tensor at all: what a function of the user's returns. */
  readonly dynamic?: true;
}

/** The number of a size, if it is known. */
export const sizeOfDim = (dim: Dim): number | undefined => (typeof dim === "number" ? dim : dim.size);

export const nameOfDim = (dim: Dim): string | undefined => (typeof dim === "number" ? undefined : dim.name);

/** `batch=2`, `position`, `576`. */
export const printDim = (dim: Dim): string =>
  typeof dim === "number" ? String(dim) : dim.size === undefined ? dim.name : `${dim.name}=${dim.size}`;

/** `float32[batch=1, position, 576]`. */
export const printType = ({ dtype, shape }: Type): string => `${dtype}[${shape.map(printDim).join(", ")}]`;

/** Whether two sizes are certainly the same. */
export const sameDim = (a: Dim, b: Dim): boolean =>
  sizeOfDim(a) !== undefined
    ? sizeOfDim(a) === sizeOfDim(b)
    : nameOfDim(a) === nameOfDim(b) && sizeOfDim(b) === undefined;

/**
 * The shape of `a` and `b` broadcast. A name survives where the other side has the same name or size, or 1.
 * A size that is not known yet is taken to fit; the run checks it.
 * @throws ShapeError when a pair of sizes is neither equal nor 1
 */
export function broadcast(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  if (b.length === 0) return [...a];
  if (a.length === 0) return [...b];
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    const l = sizeOfDim(left);
    const r = sizeOfDim(right);
    if (left === 1) return right;
    if (right === 1) return left;
    if (l === r && l !== undefined) return typeof left === "number" ? right : left;
    if (l === 1) return right;
    if (r === 1) return left;
    if (l === undefined) return r === undefined ? left : right;
    if (r === undefined) return left;
    throw new ShapeError(
      `shapes [${a.map(printDim).join(", ")}] and [${b.map(printDim).join(", ")}] do not broadcast: ` +
        `${printDim(left)} meets ${printDim(right)} in dimension ${i}`,
    );
  });
}

/** `axis` counted from 0. @throws ShapeError when it is outside a tensor of this rank */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && at >= 0 && at < rank) return at;
  throw new ShapeError(
    rank === 0
      ? `dimension ${axis} of a tensor without dimensions`
      : `dimension ${axis} of a tensor with ${rank} dimensions (use ${-rank} to ${rank - 1})`,
  );
}
