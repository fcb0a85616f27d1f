/** Diagonals of matrices, read and made. */
import { ShapeError } from "../base/errors.ts";
import { axisOf, printType, sizeOfDim } from "../tensor/type.ts";
import { add } from "./arithmetic.ts";
import { eq } from "./compare.ts";
import { composed, type Part, type Steps, viewing } from "./compose.ts";
import { getitem } from "./index.ts";
import { permute, unsqueeze } from "./movement.ts";
import { pad } from "./pad.ts";
import { sum } from "./reduce.ts";
import { where } from "./select.ts";
import type { Value } from "./spec.ts";

/**
 * The diagonal of two dimensions, as the last one of the result.
 * @param offset which one: 0 the main one, above it positive
 * @example tensor([[1, 2], [3, 4]]).diagonal() // tensor([1., 4.])
 * @throws ShapeError when the sizes are not known
 * @see torch.diagonal
 */
export const diagonal = viewing({
  call: (x: Value, offset: number = 0, dim1: number = 0, dim2: number = 1) => ({
    operands: [x],
    params: { offset, dim1, dim2 },
  }),
  make: (steps, [x], { offset, dim1, dim2 }) => {
    const shape = x!.type.shape;
    const [a, b] = [axisOf(dim1, shape.length), axisOf(dim2, shape.length)];
    const [rows, columns] = [sizeOfDim(shape[a]!), sizeOfDim(shape[b]!)];
    if (rows === undefined || columns === undefined || a === b)
      throw new ShapeError(
        `diagonal of ${printType(x!.type)}: the sizes of two dimensions must be known, and the dimensions differ`,
      );
    const [down, right] = [Math.max(-offset, 0), Math.max(offset, 0)];
    const length = Math.max(Math.min(rows - down, columns - right), 0);
    const count = Array.from({ length }, (_, i) => i);
    const rest = [...shape.keys()].filter((dim) => dim !== a && dim !== b);
    const front = steps.do(permute, x!, a, b, ...rest);
    const found = steps.do(
      getitem,
      front,
      count.map((i) => i + down),
      count.map((i) => i + right),
    );
    return rest.length === 0 ? found : steps.do(permute, found, ...rest.map((_, i) => i + 1), 0);
  },
});

/**
 * Of a vector the matrix with it on a diagonal; of a matrix its diagonal.
 * @example tensor([1, 2]).diag() // tensor([[1., 0.], [0., 2.]])
 * @see torch.diag
 */
export const diag = composed({
  call: (x: Value, offset: number = 0) => ({ operands: [x], params: { offset } }),
  make: (steps, [x], { offset }) => {
    const rank = x!.type.shape.length;
    if (rank === 2) return steps.do(diagonal, x!, offset);
    if (rank !== 1) throw new ShapeError(`diag of ${printType(x!.type)}: it takes a vector or a matrix`);
    const long = offset === 0 ? x! : steps.do(pad, x!, offset > 0 ? [offset, 0] : [0, -offset]);
    return steps.do(where, onDiagonal(steps, long, offset), long, 0);
  },
});

/**
 * The sum of the main diagonal of a matrix.
 * @example tensor([[1, 2], [3, 4]]).trace() // tensor(5.)
 * @see torch.trace
 */
export const trace = composed({
  call: (x: Value) => ({ operands: [x], params: {} }),
  make: (steps, [x]) => {
    if (x!.type.shape.length !== 2) throw new ShapeError(`trace of ${printType(x!.type)}: it takes a matrix`);
    const [rows, columns] = [steps.places(x!, 0), steps.places(x!, 1)];
    return steps.do(sum, steps.do(where, steps.do(eq, steps.do(unsqueeze, rows, 1), columns), x!, 0));
  },
});

/** A mask of the diagonal of the square whose sides are x. */
function onDiagonal(steps: Steps, x: Part, offset: number): Part {
  const places = steps.places(x, 0);
  const rows = steps.do(unsqueeze, offset === 0 ? places : steps.do(add, places, offset), 1);
  return steps.do(eq, rows, places);
}
