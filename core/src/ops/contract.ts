/** Products of matrices and vectors under torch's other names, and sums of products by letters. */
import { ShapeError } from "../base/errors.ts";
import { printType } from "../tensor/type.ts";
import { add, mul } from "./arithmetic.ts";
import { composed, type Part } from "./compose.ts";
import { einsumOf } from "./einsum.ts";
import { matmul } from "./linear.ts";
import { unsqueeze } from "./movement.ts";
import { sum } from "./reduce.ts";
import { functionOp, type Op, type Value } from "./spec.ts";

/**
 * The product of two matrices.
 * @example tensor([[1, 2]]).mm(tensor([[3], [4]])) // tensor([[11.]])
 * @see torch.mm
 */
export const mm = product("mm", 2, 2);

/**
 * The products of two batches of matrices.
 * @example ops.ones(2, 3, 4).bmm(ops.ones(2, 4, 5)).shape // [2, 3, 5]
 * @see torch.bmm
 */
export const bmm = product("bmm", 3, 3);

/**
 * The product of a matrix and a vector.
 * @example tensor([[1, 2], [3, 4]]).mv(tensor([1, 1])) // tensor([3., 7.])
 * @see torch.mv
 */
export const mv = product("mv", 2, 1);

/**
 * The sum of the products of two vectors.
 * @example tensor([1, 2]).dot(tensor([3, 4])) // tensor(11.)
 * @see torch.dot
 */
export const dot = product("dot", 1, 1);

/**
 * Every product of two vectors.
 * @example tensor([1, 2]).outer(tensor([3, 4])) // tensor([[3., 4.], [6., 8.]])
 * @see torch.outer
 */
export const outer = composed({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps, [x, other]) => {
    demandRanks("outer", x!, other!, 1, 1);
    return steps.do(mul, steps.do(unsqueeze, x!, 1), other!);
  },
});

/**
 * beta · x + alpha · (mat1 · mat2).
 * @example ops.addmm(tensor([1]), tensor([[1, 2]]), tensor([[3], [4]])) // tensor([[12.]])
 * @see torch.addmm
 */
export const addmm = composed({
  call: (
    x: Value,
    mat1: Value,
    mat2: Value,
    options: { readonly beta?: number; readonly alpha?: number } = {},
  ) => ({ operands: [x, mat1, mat2], params: { beta: options.beta ?? 1, alpha: options.alpha ?? 1 } }),
  make: (steps, [x, mat1, mat2], { beta, alpha }) => {
    demandRanks("addmm", mat1!, mat2!, 2, 2);
    const found = steps.do(matmul, mat1!, mat2!);
    const scaled = alpha === 1 ? found : steps.do(mul, found, alpha);
    return steps.do(add, beta === 1 ? x! : steps.do(mul, x!, beta), scaled);
  },
});

/**
 * The sum of x · other over the last dimension of both.
 * @example tensor([1, 2]).inner(tensor([3, 4])) // tensor(11.)
 * @see torch.inner
 */
export const inner = composed({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps, [x, other]) => {
    const rank = other!.type.shape.length;
    if (x!.type.shape.length === 0 || rank === 0) return steps.do(mul, x!, other!);
    const wide = Array.from({ length: rank - 1 }).reduce<Part>((part) => steps.do(unsqueeze, part, -2), x!);
    return steps.do(sum, steps.do(mul, wide, other!), -1);
  },
});

/**
 * Sums of products by letters: one for each dimension of each tensor; those that the result lacks are summed.
 * "..." stands for any leading dimensions, which broadcast.
 * @example ops.einsum("ij,jk->ik", tensor([[1, 2]]), tensor([[3], [4]])) // tensor([[11.]])
 * @throws ValueError when the equation does not fit the tensors
 * @see torch.einsum
 */
export const einsum = functionOp(
  einsumOf((equation: string, ...tensors: Value[]) => ({ operands: tensors, params: { equation } })),
);

function product(
  name: string,
  left: number,
  right: number,
): Op<[x: Value, other: Value], Record<never, never>, never> {
  return composed({
    call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
    make: (steps, [x, other]) => {
      demandRanks(name, x!, other!, left, right);
      return steps.do(matmul, x!, other!);
    },
  });
}

function demandRanks(name: string, x: Part, other: Part, left: number, right: number): void {
  if (x.type.shape.length === left && other.type.shape.length === right) return;
  throw new ShapeError(
    `${name} of ${printType(x.type)} and ${printType(other.type)}: it takes ${left} and ${right} dimensions; matmul takes any`,
  );
}
