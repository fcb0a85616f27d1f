/** Several tensors as one, and one as several. */
import { ShapeError, ValueError } from "../base/errors.ts";
import { allocate, cast, type Host, sizeOf } from "../tensor/host.ts";
import {
  axisOf,
  type Dim,
  type DType,
  printDim,
  printType,
  promote,
  sameDim,
  sizeOfDim,
  type Type,
} from "../tensor/type.ts";
import { readView, stridesOf, writeView } from "../tensor/view.ts";
import { withShape } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { functionOp, listOp, type Value } from "./spec.ts";

/**
 * Tensors one after the other along `dim`; the other sizes are equal.
 * @example ops.cat([tensor([1]), tensor([2, 3])]) // tensor([1., 2., 3.])
 * @throws ShapeError when other sizes differ
 * @see torch.cat
 */
export const cat = functionOp({
  call: (tensors: readonly Value[], dim: number = 0) => ({ operands: [...tensors], params: { dim } }),
  infer: (inputs, { dim }) => {
    const first = some(inputs, "cat");
    const axis = axisOf(dim, first.shape.length);
    const shape = inputs
      .slice(1)
      .reduce<readonly Dim[]>((dims, x) => beside(dims, x, axis, first), first.shape);
    return { dtype: dtypeOf(inputs), shape };
  },
  lower: (emit, inputs, { dim }, types) =>
    emit.node(
      "Concat",
      inputs.map((x, i) => castTo(emit, x, types[i]!.dtype, dtypeOf(types))),
      { axis: axisOf(dim, types[0]!.shape.length) },
    ),
  evaluate: (inputs, { dim }) =>
    joined(inputs, axisOf(dim, some(inputs, "cat").shape.length), dtypeOf(inputs)),
  flops: () => 0,
});

/**
 * Tensors of one shape along a new dimension, which stands at `dim` of the result.
 * @example ops.stack([tensor([1, 2]), tensor([3, 4])]) // tensor([[1., 2.], [3., 4.]])
 * @throws ShapeError when shapes differ
 * @see torch.stack
 */
export const stack = functionOp({
  call: (tensors: readonly Value[], dim: number = 0) => ({ operands: [...tensors], params: { dim } }),
  infer: (inputs, { dim }) => {
    const first = some(inputs, "stack");
    const axis = axisOf(dim, first.shape.length + 1);
    const shape = inputs
      .slice(1)
      .reduce<readonly Dim[]>((dims, x) => beside(dims, x, -1, first), first.shape);
    return { dtype: dtypeOf(inputs), shape: shape.toSpliced(axis, 0, inputs.length) };
  },
  lower: (emit, inputs, { dim }, types) => {
    const axis = axisOf(dim, types[0]!.shape.length + 1);
    const rows = inputs.map((x, i) => castTo(emit, x, types[i]!.dtype, dtypeOf(types)));
    return emit.node(
      "Concat",
      rows.map((x) => emit.node("Unsqueeze", [x, emit.ints([axis])])),
      { axis },
    );
  },
  evaluate: (inputs, { dim }) => {
    const axis = axisOf(dim, some(inputs, "stack").shape.length + 1);
    return joined(
      inputs.map((x) => withShape(x, x.shape.toSpliced(axis, 0, 1))),
      axis,
      dtypeOf(inputs),
    );
  },
  flops: () => 0,
});

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

const dtypeOf = (inputs: readonly { dtype: DType }[]): DType => inputs.map((x) => x.dtype).reduce(promote);

function some<T extends Type>(inputs: readonly T[], name: string): T {
  if (inputs.length > 0) return inputs[0]!;
  throw new ValueError(`${name} of an empty list: give one tensor or more`);
}

/** The shape of tensors side by side along an axis (-1: none). */
function beside(dims: readonly Dim[], x: Type, axis: number, first: Type): Dim[] {
  const fits = dims.length === x.shape.length && dims.every((dim, i) => i === axis || fit(dim, x.shape[i]!));
  if (!fits)
    throw new ShapeError(
      `${printType(first)} and ${printType(x)} do not fit${axis < 0 ? "" : ` beside each other along dimension ${axis}`}`,
    );
  return dims.map((dim, i) => {
    const other = x.shape[i]!;
    if (i !== axis) return typeof dim === "number" && typeof other !== "number" ? other : dim;
    const [a, b] = [sizeOfDim(dim), sizeOfDim(other)];
    if (b === 0) return dim;
    return a === undefined || b === undefined ? { name: `${printDim(dim)}+${printDim(other)}` } : a + b;
  });
}

const fit = (a: Dim, b: Dim): boolean =>
  sameDim(a, b) || sizeOfDim(a) === undefined || sizeOfDim(b) === undefined;

function joined(inputs: readonly Host[], axis: number, dtype: DType): Host {
  const n = inputs.reduce((total, x) => total + x.shape[axis]!, 0);
  const shape = inputs[0]!.shape.with(axis, n);
  const data = allocate(dtype, sizeOf(shape));
  const strides = stridesOf(shape);
  let start = 0;
  for (const x of inputs) {
    writeView(data, { shape: x.shape, strides, start }, cast(x, dtype).data);
    start += x.shape[axis]! * strides[axis]!;
  }
  return { dtype, shape, data };
}
