/** Rules of dtypes and shapes that families of ops share. */
import { TypeError } from "../base/errors.ts";
import { type DType, type Kind, kindOf } from "../tensor/dtype.ts";
import { axisOf, type Dim, sizeOfDim, type Type } from "../tensor/type.ts";

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

/** @throws TypeError unless the dtype is of one of the kinds */
export function demand(x: Type, name: string, ...wanted: Kind[]): void {
  if (wanted.includes(kindOf(x.dtype))) return;
  const way = wanted.includes("float") ? "float()" : wanted.includes("int") ? "long()" : "bool()";
  throw new TypeError(
    `${name} takes ${wanted.map((kind) => words[kind]).join(" or ")}, not ${x.dtype}: convert with .${way} first`,
  );
}

const words: Readonly<Record<Kind, string>> = { float: "floats", int: "integers", bool: "bool" };

/** @throws TypeError unless all have one float dtype; gives it */
export function oneFloat(name: string, ...types: readonly (Type | undefined)[]): DType {
  const given = types.filter((type) => type !== undefined);
  for (const type of given) demand(type, name, "float");
  const [first, ...rest] = given.map(({ dtype }) => dtype);
  const other = rest.find((dtype) => dtype !== first);
  if (other === undefined) return first!;
  throw new TypeError(`${name} of ${first} and ${other}: convert one with .to("${first}") first`);
}
