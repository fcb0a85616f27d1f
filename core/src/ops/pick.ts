/** Values chosen by place: by an index tensor, or above and below a diagonal. */
import { IndexError, ShapeError } from "../base/errors.ts";
import { allocate, sizeOf } from "../tensor/host.ts";
import { axisOf, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { stridesOf } from "../tensor/view.ts";
import { castTo, number } from "./lowering.ts";
import { demand } from "./shapes.ts";
import { op, type Value } from "./spec.ts";

/**
 * Values along `dim` at the places that `index` names; the result has index's shape.
 * @example tensor([[1, 2], [3, 4]]).gather(1, tensor([[0n], [1n]])) // tensor([[1.], [4.]])
 * @throws IndexError when a place lies outside
 * @see torch.gather
 */
export const gather = op({
  call: (x: Value, dim: number, index: Value) => ({ operands: [x, index], params: { dim } }),
  infer: ([x, index], { dim }) => {
    const axis = axisOf(dim, x!.shape.length);
    demand(index!, "gather (index)", "int");
    const fits =
      x!.shape.length === index!.shape.length &&
      x!.shape.every((size, i) => i === axis || !(sizeOfDim(index!.shape[i]!)! > sizeOfDim(size)!));
    if (!fits)
      throw new ShapeError(
        `gather from ${printType(x!)} at ${printType(index!)}: the index may not be larger except along ${dim}`,
      );
    return { dtype: x!.dtype, shape: index!.shape };
  },
  moves: true,
  lower: (emit, [x, index], { dim }, [type, places]) => {
    const at = castTo(emit, index!, places!.dtype, "int64");
    return emit.node("GatherElements", [x!, at], { axis: axisOf(dim, type!.shape.length) });
  },
  evaluate: ([x, index], { dim }) => {
    const axis = axisOf(dim, x!.shape.length);
    const strides = stridesOf(x!.shape);
    const own = stridesOf(index!.shape);
    const size = x!.shape[axis]!;
    const [from, places] = [x!.data, index!.data];
    const data = allocate(x!.dtype, sizeOf(index!.shape));
    for (let i = 0; i < data.length; i++) {
      const at = Number(places[i]);
      if (at < 0 || at >= size)
        throw new IndexError(`gather: index ${at} is out of bounds for dimension ${dim} with size ${size}`);
      let offset = at * strides[axis]!;
      for (let d = 0; d < own.length; d++)
        if (d !== axis) offset += (Math.floor(i / own[d]!) % index!.shape[d]!) * strides[d]!;
      data[i] = from[offset]!;
    }
    return { dtype: x!.dtype, shape: index!.shape, data };
  },
  flops: () => 0,
});

/**
 * The lower triangle of the last two dimensions; the rest is 0.
 * @param diagonal up to which diagonal: 0 the main one, above it positive
 * @example ops.ones(2, 2).tril() // tensor([[1., 0.], [1., 1.]])
 * @see torch.tril
 */
export const tril = triangle("tril", 0, (row, column, diagonal) => column <= row + diagonal);

/**
 * The upper triangle of the last two dimensions; the rest is 0.
 * @param diagonal from which diagonal: 0 the main one, above it positive
 * @example ops.ones(2, 2).triu() // tensor([[1., 1.], [0., 1.]])
 * @see torch.triu
 */
export const triu = triangle("triu", 1, (row, column, diagonal) => column >= row + diagonal);

function triangle(
  name: string,
  upper: 0 | 1,
  keep: (row: number, column: number, diagonal: number) => boolean,
) {
  return op({
    call: (x: Value, diagonal: number = 0) => ({ operands: [x], params: { diagonal } }),
    infer: ([x]): Type => {
      if (x!.shape.length >= 2) return x!;
      throw new ShapeError(`${name} of ${printType(x!)}: it needs two dimensions or more`);
    },
    lower: (emit, [x], { diagonal }) => emit.node("Trilu", [x!, number(emit, diagonal, "int64")], { upper }),
    evaluate: ([x], { diagonal }) => {
      const [rows, columns] = [x!.shape.at(-2)!, x!.shape.at(-1)!];
      const data = x!.data.slice();
      const zero = x!.dtype === "int64" ? 0n : 0;
      for (let i = 0; i < data.length; i++) {
        if (!keep(Math.floor(i / columns) % rows, i % columns, diagonal)) data[i] = zero;
      }
      return { dtype: x!.dtype, shape: x!.shape, data };
    },
    flops: () => 0,
  });
}
