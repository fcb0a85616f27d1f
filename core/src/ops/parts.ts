/** One tensor as several, along a dimension whose size is known. */
import { ShapeError, ValueError } from "../base/errors.ts";
import { axisOf, printDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { readView, stridesOf } from "../tensor/view.ts";
import { number } from "./lowering.ts";
import { listOp, type Value } from "./spec.ts";

/**
 * The tensor in `chunks` parts of equal size along `dim` (the last may be smaller, as in torch).
 * @example tensor([1, 2, 3]).chunk(2) // [tensor([1., 2.]), tensor([3.])]
 * @throws ShapeError when the size of the dimension is not known
 * @see torch.chunk
 */
export const chunk = parts(
  "chunk",
  (x: Value, chunks: number, dim: number = 0) => ({ operands: [x], params: { size: chunks, dim } }),
  (n, chunks) => {
    const size = Math.max(Math.ceil(n / (chunks as number)), 1);
    if (n === 0) return Array.from({ length: chunks as number }, () => 0);
    return Array.from({ length: Math.ceil(n / size) }, (_, i) => Math.min(size, n - i * size));
  },
);

/**
 * The tensor in parts of `size` along `dim`, or in parts of the given sizes.
 * @example tensor([1, 2, 3]).split([1, 2]) // [tensor([1.]), tensor([2., 3.])]
 * @throws ShapeError when the sizes do not add up to the dimension
 * @see torch.split
 */
export const split = parts(
  "split",
  (x: Value, size: number | readonly number[], dim: number = 0) => ({ operands: [x], params: { size, dim } }),
  (n, size) => {
    if (typeof size !== "number") return size;
    return Array.from({ length: Math.max(Math.ceil(n / size), 1) }, (_, i) => Math.min(size, n - i * size));
  },
);

/**
 * The places along `dim`, each without that dimension.
 * @example tensor([[1, 2], [3, 4]]).unbind() // [tensor([1., 2.]), tensor([3., 4.])]
 * @throws ShapeError when the size of the dimension is not known
 * @see torch.unbind
 */
export const unbind = listOp({
  call: (x: Value, dim: number = 0) => ({ operands: [x], params: { dim } }),
  infer: ([x], { dim }) => {
    const axis = axisOf(dim, x!.shape.length);
    const n = sizeOfDim(x!.shape[axis]!);
    if (n === undefined)
      throw new ShapeError(
        `unbind of ${printType(x!)}: the size of ${printDim(x!.shape[axis]!)} is not known here`,
      );
    return Array.from({ length: n }, () => ({ dtype: x!.dtype, shape: x!.shape.toSpliced(axis, 1) }));
  },
  lower: (emit, [x], { dim }, [type]) => {
    const axis = axisOf(dim, type!.shape.length);
    const n = sizeOfDim(type!.shape[axis]!)!;
    return Array.from({ length: n }, (_, i) => emit.node("Gather", [x!, number(emit, i, "int64")], { axis }));
  },
  evaluate: ([x], { dim }) => {
    const axis = axisOf(dim, x!.shape.length);
    const strides = stridesOf(x!.shape);
    return Array.from({ length: x!.shape[axis]! }, (_, i) =>
      readView(x!, {
        shape: x!.shape.toSpliced(axis, 1),
        strides: strides.toSpliced(axis, 1),
        start: i * strides[axis]!,
      }),
    );
  },
  flops: () => 0,
});

type Size = number | readonly number[];
type PartParams = { readonly size: Size; readonly dim: number };

function parts<A extends readonly unknown[]>(
  name: string,
  call: (...args: A) => { operands: readonly Value[]; params: PartParams },
  sizesOf: (n: number, size: Size) => readonly number[],
) {
  const cut = (x: Type, { size, dim }: PartParams) => {
    const axis = axisOf(dim, x.shape.length);
    const n = sizeOfDim(x.shape[axis]!);
    if (n === undefined) {
      throw new ShapeError(
        `${name} of ${printType(x)}: the size of ${printDim(x.shape[axis]!)} is not known here`,
      );
    }
    if (typeof size === "number" && size <= 0)
      throw new ValueError(`${name} into parts of ${size}: give a number above 0`);
    const sizes = sizesOf(n, size);
    if (sizes.reduce((a, b) => a + b, 0) !== n) {
      throw new ShapeError(
        `${name} of ${printType(x)} along ${dim}: the sizes [${sizes.join(", ")}] do not add up to ${n}`,
      );
    }
    return { axis, sizes };
  };
  return listOp<A, PartParams>({
    call,
    infer: ([x], params) => {
      const { axis, sizes } = cut(x!, params);
      return sizes.map((size) => ({
        dtype: x!.dtype,
        shape: sizes.length === 1 ? x!.shape : x!.shape.with(axis, size),
      }));
    },
    lower: (emit, [x], params, [type]) => {
      const { axis, sizes } = cut(type!, params);
      if (sizes.length === 1) return [emit.node("Identity", [x!])];
      return emit.nodes("Split", [x!, emit.ints(sizes)], { axis }, sizes.length);
    },
    evaluate: ([x], params) => {
      const { axis, sizes } = cut(x!, params);
      const strides = stridesOf(x!.shape);
      let start = 0;
      return sizes.map((size) => {
        const part = readView(x!, { shape: x!.shape.with(axis, size), strides, start });
        start += size * strides[axis]!;
        return part;
      });
    },
    flops: () => 0,
  });
}
