/** Sizes of named axes: taken off when a body is recorded for any size, put on when the inputs are known. */
import type { Dim, Type } from "../tensor/type.ts";

export type Sizes = ReadonlyMap<string, number>;

/** The type with the sizes of its named axes filled in, where they are known. */
export const bind = (type: Type, sizes: Sizes): Type => ({
  dtype: type.dtype,
  shape: type.shape.map((dim) => bindDim(dim, sizes)),
});

function bindDim(dim: Dim, sizes: Sizes): Dim {
  if (typeof dim === "number" || dim.size !== undefined) return dim;
  const size = sizes.get(dim.name);
  return size === undefined ? dim : { name: dim.name, size };
}

/** The type with its named axes left open, but for those in `kept`. */
export const unbind = (type: Type, kept: Sizes): Type => ({
  dtype: type.dtype,
  shape: type.shape.map((dim) => (typeof dim === "number" || kept.has(dim.name) ? dim : { name: dim.name })),
});

/** The sizes that the named axes of these types have. */
export function sizesOf(types: Iterable<Type>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { shape } of types)
    for (const dim of shape)
      if (typeof dim !== "number" && dim.size !== undefined) sizes.set(dim.name, dim.size);
  return sizes;
}
