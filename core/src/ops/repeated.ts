/** A tensor broadcast to sizes of which some are not known. */
import { ShapeError } from "../base/errors.ts";
import { printType, sizeOfDim, type Type } from "../tensor/type.ts";
import type { Part, Steps } from "./compose.ts";
import { expand } from "./movement.ts";

/** Broadcast to sizes, of which some may not be known: those stay as they are. */
export function repeated(steps: Steps, x: Part, shape: Type["shape"]): Part {
  const lead = shape.length - x.type.shape.length;
  const sizes = shape.map((dim, i) => {
    const own = x.type.shape[i - lead];
    const size = sizeOfDim(dim);
    if (own !== undefined && (sizeOfDim(own) === size || size === undefined)) return -1;
    if (size !== undefined) return size;
    throw new ShapeError(`${printType(x.type)} cannot be repeated along a size that is not known here`);
  });
  return sizes.every((size) => size === -1) ? x : steps.do(expand, x, ...sizes);
}
