/** Ops that move dimensions: order, sizes of 1, repetition. */
import { ShapeError } from "../base/errors.ts";
import { axisOf, type Dim, nameOfDim, printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { broadcastTo, permuted, withShape } from "./kernels.ts";
import { listOf, type Numbers } from "./shapes.ts";
import { type Value, viewOp } from "./spec.ts";

/**
 * The dimensions in another order.
 * @example ops.zeros(2, 3, 5).permute(2, 0, 1).shape // [5, 2, 3]
 * @throws ShapeError unless each dimension stands there once
 * @see torch.permute
 */
export const permute = viewOp({
  call: (x: Value, ...dims: Numbers) => ({ operands: [x], params: { dims: listOf(dims) } }),
  infer: ([x], { dims }) => ({ dtype: x!.dtype, shape: orderOf(x!, dims).map((i) => x!.shape[i]!) }),
  lower: (emit, [x], { dims }, [type]) => emit.node("Transpose", [x!], { perm: orderOf(type!, dims) }),
  evaluate: ([x], { dims }) => permuted(x!, orderOf(x!, dims)),
  flops: () => 0,
});

/**
 * Two dimensions exchanged.
 * @example tensor([[1, 2], [3, 4]]).transpose(0, 1) // tensor([[1., 3.], [2., 4.]])
 * @see torch.transpose
 */
export const transpose = viewOp({
  call: (x: Value, dim0: number, dim1: number) => ({ operands: [x], params: { dim0, dim1 } }),
  infer: ([x], { dim0, dim1 }) => ({
    dtype: x!.dtype,
    shape: swapped(x!, dim0, dim1).map((i) => x!.shape[i]!),
  }),
  lower: (emit, [x], { dim0, dim1 }, [type]) =>
    emit.node("Transpose", [x!], { perm: swapped(type!, dim0, dim1) }),
  evaluate: ([x], { dim0, dim1 }) => permuted(x!, swapped(x!, dim0, dim1)),
  flops: () => 0,
});

/**
 * Rows and columns of a matrix exchanged; with fewer dimensions x as it is.
 * @example tensor([[1, 2], [3, 4]]).t() // tensor([[1., 3.], [2., 4.]])
 * @see torch.t
 */
export const t = viewOp({
  call: (x: Value) => ({ operands: [x], params: {} }),
  infer: ([x]) => ({ dtype: x!.dtype, shape: matrix(x!).map((i) => x!.shape[i]!) }),
  lower: (emit, [x], _, [type]) => emit.node("Transpose", [x!], { perm: matrix(type!) }),
  evaluate: ([x]) => permuted(x!, matrix(x!)),
  flops: () => 0,
});

/**
 * Without dimensions of size 1: all of them, or `dim` if its size is 1.
 * @example ops.zeros(1, 3, 1).squeeze().shape // [3]
 * @see torch.squeeze
 */
export const squeeze = viewOp({
  call: (x: Value, dim?: number | readonly number[]) => ({
    operands: [x],
    params: { dim: dim === undefined ? null : typeof dim === "number" ? [dim] : dim },
  }),
  infer: ([x], { dim }) => {
    const axes = squeezed(x!, dim);
    return { dtype: x!.dtype, shape: x!.shape.filter((_, i) => !axes.includes(i)) };
  },
  lower: (emit, [x], { dim }, [type]) => {
    const axes = squeezed(type!, dim);
    return axes.length === 0 ? emit.node("Identity", [x!]) : emit.node("Squeeze", [x!, emit.ints(axes)]);
  },
  evaluate: ([x], { dim }) => {
    const axes = squeezed(x!, dim);
    return withShape(
      x!,
      x!.shape.filter((_, i) => !axes.includes(i)),
    );
  },
  flops: () => 0,
});

/**
 * With one more dimension of size 1, so that it stands at `dim` of the result.
 * @example tensor([1, 2]).unsqueeze(-1).shape // [2, 1]
 * @see torch.unsqueeze
 */
export const unsqueeze = viewOp({
  call: (x: Value, dim: number) => ({ operands: [x], params: { dim } }),
  infer: ([x], { dim }) => ({
    dtype: x!.dtype,
    shape: x!.shape.toSpliced(axisOf(dim, x!.shape.length + 1), 0, 1),
  }),
  lower: (emit, [x], { dim }, [type]) =>
    emit.node("Unsqueeze", [x!, emit.ints([axisOf(dim, type!.shape.length + 1)])]),
  evaluate: ([x], { dim }) => withShape(x!, x!.shape.toSpliced(axisOf(dim, x!.shape.length + 1), 0, 1)),
  flops: () => 0,
});

/**
 * Dimensions of size 1 repeated to the given sizes; -1 keeps a size. New dimensions may stand in front.
 * @example tensor([[1], [2]]).expand(2, 3) // tensor([[1., 1., 1.], [2., 2., 2.]])
 * @throws ShapeError when a size is neither 1 nor the given one
 * @see torch.Tensor.expand
 */
export const expand = viewOp({
  call: (x: Value, ...sizes: Numbers) => ({ operands: [x], params: { sizes: listOf(sizes) } }),
  infer: ([x], { sizes }) => ({ dtype: x!.dtype, shape: expanded(x!, sizes) }),
  lower: (emit, [x], { sizes }) =>
    emit.node("Expand", [x!, emit.ints(sizes.map((size) => (size === -1 ? 1 : size)))]),
  evaluate: ([x], { sizes }) => broadcastTo(x!, expanded(x!, sizes) as number[]),
  flops: () => 0,
});

function orderOf(x: Type, dims: readonly number[]): number[] {
  const order = dims.map((dim) => axisOf(dim, x.shape.length));
  if (order.length === x.shape.length && new Set(order).size === order.length) return order;
  throw new ShapeError(
    `permute(${dims.join(", ")}) of ${printType(x)}: each of its dimensions must stand there once`,
  );
}

function swapped(x: Type, dim0: number, dim1: number): number[] {
  const [a, b] = [axisOf(dim0, x.shape.length), axisOf(dim1, x.shape.length)];
  return x.shape.map((_, i) => (i === a ? b : i === b ? a : i));
}

function matrix(x: Type): number[] {
  if (x.shape.length <= 2) return [...x.shape.keys()].reverse();
  throw new ShapeError(`t of ${printType(x)}: it has more than two dimensions, use transpose(dim0, dim1)`);
}

function squeezed(x: Type, dims: readonly number[] | null): number[] {
  if (dims === null) return [...x.shape.keys()].filter((i) => sizeOfDim(x.shape[i]!) === 1);
  return dims.flatMap((dim) => {
    const axis = axisOf(dim, x.shape.length);
    const size = sizeOfDim(x.shape[axis]!);
    if (size === undefined) {
      const name = printDim(x.shape[axis]!);
      throw new ShapeError(
        `squeeze(${dim}) of ${printType(x)}: the size of ${name} is not known here; index with 0 instead`,
      );
    }
    return size === 1 ? [axis] : [];
  });
}

function expanded(x: Type, sizes: readonly number[]): Dim[] {
  const lead = sizes.length - x.shape.length;
  if (lead < 0) {
    throw new ShapeError(
      `expand of ${printType(x)} to ${sizes.length} dimensions: give a size (or -1) for each of its ${x.shape.length}`,
    );
  }
  return sizes.map((size, i) => {
    const dim = x.shape[i - lead];
    if (size === -1 && dim === undefined)
      throw new ShapeError(`expand: -1 for the new dimension ${i}, which has no size to keep`);
    if (size === -1 || dim === undefined) return size === -1 ? dim! : size;
    const known = sizeOfDim(dim);
    if (known !== undefined && known !== 1 && known !== size) {
      throw new ShapeError(
        `expand of ${printType(x)} to [${sizes.join(", ")}]: ${printDim(dim)} is neither 1 nor ${size}`,
      );
    }
    return nameOfDim(dim) !== undefined && known === size ? dim : size;
  });
}
