/** Several tensors as one. */
import { ShapeError, ValueError } from "../base/errors.ts";
import { type DType, promoteAll } from "../tensor/dtype.ts";
import { allocate, cast, type Host, sizeOf } from "../tensor/host.ts";
import { axisOf, type Dim, printDim, printType, sameDim, sizeOfDim, type Type } from "../tensor/type.ts";
import { stridesOf, writeView } from "../tensor/view.ts";
import { withShape } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { functionOp, type Value } from "./spec.ts";

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
  moves: true,
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
  moves: true,
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

const dtypeOf = (inputs: readonly Type[]): DType => promoteAll(...inputs);

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
