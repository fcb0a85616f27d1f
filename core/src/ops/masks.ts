/** Values chosen or replaced by masks and by lists of places along one dimension. */
import { ShapeError } from "../base/errors.ts";
import { allocate, cast, sizeOf } from "../tensor/host.ts";
import { axisOf, broadcast, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { stridesOf } from "../tensor/view.ts";
import { composed, moving, type Part } from "./compose.ts";
import { to } from "./convert.ts";
import { getitem } from "./index.ts";
import { nonzeros } from "./index-lists.ts";
import { castTo } from "./lowering.ts";
import { gather } from "./pick.ts";
import { repeated } from "./repeated.ts";
import { where } from "./select.ts";
import { demand } from "./shapes.ts";
import { op, type Value } from "./spec.ts";

/**
 * x with value where the mask is true; the mask is broadcast. The dtype stays x's.
 * @example tensor([1, 2]).maskedFill(tensor([true, false]), -Infinity) // tensor([-inf, 2.])
 * @see torch.Tensor.masked_fill
 */
export const maskedFill = composed({
  call: (x: Value, mask: Value, value: Value) => ({ operands: [x, mask, value], params: {} }),
  make: (steps, [x, mask, value]) => {
    demand(mask!.type, "maskedFill (mask)", "bool");
    return steps.do(to, steps.do(where, mask!, value!, x!), x!.type.dtype);
  },
});

/**
 * The values where the mask is true, in one dimension; x and the mask are broadcast. Only the run tells how many.
 * @example tensor([1, 2, 3]).maskedSelect(tensor([true, false, true])) // tensor([1., 3.])
 * @see torch.masked_select
 */
export const maskedSelect = moving({
  call: (x: Value, mask: Value) => ({ operands: [x, mask], params: {} }),
  make: (steps, [x, mask]) => {
    demand(mask!.type, "maskedSelect (mask)", "bool");
    const shape = broadcast(x!.type.shape, mask!.type.shape);
    return steps.do(getitem, repeated(steps, x!, shape), repeated(steps, mask!, shape));
  },
});

/**
 * The places where x is not 0: one row for each, one column for each dimension. Only the run tells how many rows.
 * @example tensor([0, 5, 7]).nonzero() // tensor([[1], [2]])
 * @see torch.nonzero
 */
export const nonzero = op({
  call: (x: Value) => ({ operands: [x], params: {} }),
  infer: ([x]) => {
    const size = { name: `nonzero_${counted++}` };
    return { dtype: "int64", shape: [size, x!.shape.length] };
  },
  lower: (emit, [x], _, [type]) => {
    const found = emit.node("NonZero", [castTo(emit, x!, type!.dtype, "bool")]);
    return emit.node("Transpose", [found], { perm: [1, 0] });
  },
  evaluate: ([x]) => {
    const columns = nonzeros(cast(x!, "bool"));
    const rows = columns[0]?.shape[0] ?? Number(Number(x!.data[0]) !== 0);
    const data = new BigInt64Array(rows * columns.length);
    for (const [d, column] of columns.entries())
      for (let i = 0; i < rows; i++) data[i * columns.length + d] = column.data[i] as bigint;
    return { dtype: "int64", shape: [rows, columns.length], data };
  },
  flops: () => 0,
});

let counted = 0;

/**
 * The places along `dim` that `index`, a vector, names.
 * @example tensor([[1, 2], [3, 4]]).indexSelect(1, tensor([1n])) // tensor([[2.], [4.]])
 * @see torch.index_select
 */
export const indexSelect = moving({
  call: (x: Value, dim: number, index: Value) => ({ operands: [x, index], params: { dim } }),
  make: (steps, [x, index], { dim }) => {
    const axis = axisOf(dim, x!.type.shape.length);
    demand(index!.type, "indexSelect (index)", "int");
    if (index!.type.shape.length !== 1)
      throw new ShapeError(`indexSelect at ${printType(index!.type)}: the index is a vector`);
    return steps.do(getitem, x!, ...Array<string>(axis).fill(":"), steps.do(to, index!, "int64"));
  },
});

/**
 * Values along `dim` at the places that `index` names; both are broadcast but for `dim`. What argmax and argsort give fits.
 * @example tensor([[2, 1]]).takeAlongDim(tensor([[1n, 0n]]), 1) // tensor([[1., 2.]])
 * @see torch.take_along_dim
 */
export const takeAlongDim = moving({
  call: (x: Value, index: Value, dim: number) => ({ operands: [x, index], params: { dim } }),
  make: (steps, [x, index], { dim }) => {
    const axis = axisOf(dim, x!.type.shape.length);
    const without = ({ shape }: Type) => shape.with(axis, 1);
    const shape = broadcast(without(x!.type), without(index!.type));
    const wide = (part: Part) => repeated(steps, part, shape.with(axis, part.type.shape[axis]!));
    return steps.do(gather, wide(x!), axis, wide(index!));
  },
});

/**
 * x with the values of src at the places along `dim` that `index` names; src is a number or a tensor no smaller than index.
 * @example ops.zeros(3).scatter(0, tensor([2n]), 5) // tensor([0., 0., 5.])
 * @see torch.scatter
 */
export const scatter = scattered("scatter", false);

/**
 * x with the values of src added at the places along `dim` that `index` names.
 * @example ops.zeros(2).scatterAdd(0, tensor([1n, 1n]), tensor([2, 3])) // tensor([0., 5.])
 * @see torch.scatter_add
 */
export const scatterAdd = scattered("scatterAdd", true);

function scattered(name: string, adds: boolean) {
  return op({
    call: (x: Value, dim: number, index: Value, src: Value) => ({
      operands: [x, index, src],
      params: { dim },
    }),
    infer: ([x, index, src], { dim }) => {
      axisOf(dim, x!.shape.length);
      demand(index!, `${name} (index)`, "int");
      const fits = (shape: Type["shape"], skip: number) =>
        shape.length === index!.shape.length &&
        index!.shape.every((size, i) => i === skip || !(sizeOfDim(size)! > sizeOfDim(shape[i]!)!));
      if (!fits(x!.shape, axisOf(dim, x!.shape.length)) || (src!.shape.length > 0 && !fits(src!.shape, -1)))
        throw new ShapeError(
          `${name} of ${printType(src!)} into ${printType(x!)} at ${printType(index!)}: the index may not be larger than either`,
        );
      return x!;
    },
    lower: (emit, [x, index, src], { dim }, [type, places, from]) => {
      const axis = axisOf(dim, type!.shape.length);
      const own = castTo(emit, src!, from!.dtype, type!.dtype);
      const shape = emit.node("Shape", [index!]);
      const zeros = emit.ints(places!.shape.map(() => 0));
      const values =
        from!.shape.length === 0
          ? emit.node("Expand", [own, shape])
          : emit.node("Slice", [own, zeros, shape]);
      const at = castTo(emit, index!, places!.dtype, "int64");
      const sums = adds && type!.dtype !== "bool";
      return emit.node("ScatterElements", [x!, at, values], { axis, reduction: sums ? "add" : "none" });
    },
    evaluate: ([x, index, src], { dim }) => {
      const axis = axisOf(dim, x!.shape.length);
      const from = cast(src!, x!.dtype);
      const [strides, own, theirs] = [stridesOf(x!.shape), stridesOf(index!.shape), stridesOf(from.shape)];
      const made = { dtype: x!.dtype, shape: x!.shape, data: allocate(x!.dtype, sizeOf(x!.shape)) };
      const data = made.data;
      for (let i = 0; i < data.length; i++) data[i] = x!.data[i]!;
      for (let i = 0; i < index!.data.length; i++) {
        let at = 0;
        let read = 0;
        for (let d = 0; d < own.length; d++) {
          const place = Math.floor(i / own[d]!) % index!.shape[d]!;
          at += (d === axis ? Number(index!.data[i]) : place) * strides[d]!;
          read += place * (theirs[d] ?? 0);
        }
        const value = from.data[read]!;
        if (!adds || made.dtype === "bool") data[at] = value;
        else if (typeof value === "bigint") data[at] = (data[at] as bigint) + value;
        else data[at] = (data[at] as number) + value;
      }
      return made;
    },
    flops: ([, index]) => sizeOf(index!.shape.map((dim) => sizeOfDim(dim) ?? 1)),
  });
}
