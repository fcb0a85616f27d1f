/** Sizes as numbers: a size that is not known yet raises an error only when it is read. */
import { ShapeError } from "../base/errors.ts";
import { type Dim, nameOfDim, sizeOfDim, type Type } from "../tensor/type.ts";

/** The sizes; reading an unknown one throws what `unknown` gives. */
export function numbersOf({ shape }: Type, unknown: (dim: Dim) => Error): number[] {
  const sizes: number[] = [];
  for (const [i, dim] of shape.entries()) {
    const size = sizeOfDim(dim);
    if (size !== undefined) sizes[i] = size;
    else
      Object.defineProperty(sizes, i, {
        enumerable: true,
        configurable: true,
        get: () => {
          throw unknown(dim);
        },
      });
  }
  return sizes;
}

export const unknownSize = (dim: Dim): ShapeError =>
  new ShapeError(
    `the size of axis '${nameOfDim(dim)}' is not known before the run. ` +
      "Use `model.scan(input, () => …shape)` to learn sizes without a run, or give the trace its input when it is opened.",
  );
