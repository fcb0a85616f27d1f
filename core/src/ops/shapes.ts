/** Rules of dtypes and shapes that families of ops share. */
import { TypeError } from "../base/errors.ts";
import { axisOf, type Dim, type DType, sizeOfDim, type Type } from "../tensor/type.ts";

/** Sizes or dimensions as torch takes them: one after the other or as one list. */
export type Numbers = readonly number[] | readonly [readonly number[]];

export const listOf = (numbers: Numbers): readonly number[] =>
  Array.isArray(numbers[0]) ? (numbers[0] as readonly number[]) : (numbers as readonly number[]);

/** One dimension, several, or all of them. */
export type Dims = number | readonly number[] | null;

/** `keepdim` as torch takes it, by place or by name. */
export type Keepdim = boolean | { readonly keepdim?: boolean };

export const keeps = (keepdim: Keepdim | undefined): boolean =>
  typeof keepdim === "object" ? (keepdim.keepdim ?? false) : (keepdim ?? false);

/** Dimensions as parameters. */
export const dimsOf = (dim: Dims | undefined): readonly number[] | null =>
  dim === undefined || dim === null ? null : typeof dim === "number" ? [dim] : dim;

/** The dimensions that are folded, from 0, in order; all where none are named. */
export const axesOf = (dims: readonly number[] | null, rank: number): number[] =>
  dims === null || dims.length === 0
    ? Array.from({ length: rank }, (_, i) => i)
    : [...new Set(dims.map((dim) => axisOf(dim, rank)))].sort((a, b) => a - b);

/** The shape that is left when dimensions are folded. */
export const folded = (shape: readonly Dim[], axes: readonly number[], keepdim: boolean): Dim[] =>
  shape.flatMap((size, i) => (!axes.includes(i) ? [size] : keepdim ? [1] : []));

/** Number of elements; a size that is not known counts as 1. */
export const countOf = (shape: readonly Dim[]): number =>
  shape.reduce<number>((product, dim) => product * (sizeOfDim(dim) ?? 1), 1);

/** Number of elements, if all sizes are known. */
export const knownCount = (shape: readonly Dim[]): number | undefined =>
  shape.every((dim) => sizeOfDim(dim) !== undefined) ? countOf(shape) : undefined;

/** @throws TypeError when the dtype is not one that the op takes */
export function demand(x: Type, name: string, ...dtypes: DType[]): void {
  if (dtypes.includes(x.dtype)) return;
  const way = dtypes.includes("float32") ? "float()" : dtypes.includes("int64") ? "long()" : "bool()";
  throw new TypeError(`${name} takes ${dtypes.join(" or ")}, not ${x.dtype}: convert with .${way} first`);
}
