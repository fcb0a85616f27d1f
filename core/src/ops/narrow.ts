/** A run of places along one dimension, which keeps the name of its axis: the rows of one invoke in a batch. */
import { IndexError } from "../base/errors.ts";
import { axisOf, nameOfDim, sizeOfDim } from "../tensor/type.ts";
import { readView } from "../tensor/view.ts";
import { indexedView, type Simple } from "./index-shape.ts";
import { stepsOf } from "./indices.ts";
import { type Emit, type Value, viewOp } from "./spec.ts";

/**
 * The `length` places of dimension `dim` from `start` on.
 * @example tensor([[1, 2, 3]]).narrow(1, 0, 2) // tensor([[1., 2.]])
 * @throws IndexError when they reach beyond the end
 * @see torch.narrow
 */
export const narrow = viewOp({
  call: (x: Value, dim: number, start: number, length: number) => ({
    operands: [x],
    params: { dim, start, length },
  }),
  infer: ([x], { dim, start, length }) => {
    const axis = axisOf(dim, x!.shape.length);
    const whole = x!.shape[axis]!;
    const size = sizeOfDim(whole);
    if (start < 0 || length < 0 || (size !== undefined && start + length > size))
      throw new IndexError(
        `narrow(${dim}, ${start}, ${length}) reaches beyond dimension ${dim} of size ${size}.`,
      );
    const name = nameOfDim(whole);
    const kept = name === undefined ? length : { name, size: length };
    return { dtype: x!.dtype, shape: x!.shape.map((other, i) => (i === axis ? kept : other)) };
  },
  lower: (emit, [x], { dim, start, length }, [type]) => {
    const bound = (at: number): string => int(emit, at);
    const axis = axisOf(dim, type!.shape.length);
    return emit.node("Slice", [x!, bound(start), bound(start + length), emit.ints([axis])]);
  },
  evaluate: ([x], { dim, start, length }) => {
    const indices = [...Array<string>(axisOf(dim, x!.shape.length)).fill(":"), `${start}:${start + length}`];
    return readView(x!, indexedView(stepsOf(indices, x!) as Simple[], x!.shape));
  },
  flops: () => 0,
});

const int = (emit: Emit, value: number): string =>
  emit.data({ dtype: "int64", shape: [1], data: BigInt64Array.of(BigInt(value)) });
