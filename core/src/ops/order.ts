/** Order along a dimension: the largest few, or all. */
import { ShapeError } from "../base/errors.ts";
import type { Data, Host } from "../tensor/host.ts";
import { axisOf, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { alongAxis } from "./kernels.ts";
import { sizesAt, sortable } from "./lowering.ts";
import { countOf } from "./shapes.ts";
import { type Emit, op, type Value } from "./spec.ts";

/**
 * The k largest along `dim`, in order, as `{ values, indices }`.
 * @param options.largest false for the smallest
 * @example tensor([3, 1, 4, 1, 5]).topk(2).values // tensor([5., 4.])
 * @throws ShapeError when k is above the size of the dimension
 * @see torch.topk
 */
export const topk = op({
  results: ["values", "indices"],
  call: (x: Value, k: number, dim: number = -1, options: { largest?: boolean; sorted?: boolean } = {}) => ({
    operands: [x],
    params: { k, dim, largest: options.largest ?? true },
  }),
  infer: ([x], { k, dim }) => {
    const axis = axisOf(dim, x!.shape.length);
    const size = sizeOfDim(x!.shape[axis]!);
    if (k < 0 || k > (size ?? k)) {
      throw new ShapeError(`topk: ${k} of the ${size} numbers along dimension ${dim} of ${printType(x!)}`);
    }
    const shape = x!.shape.with(axis, k);
    return [
      { dtype: x!.dtype, shape },
      { dtype: "int64", shape },
    ];
  },
  lower: (emit, [x], { k, dim, largest }, [type]) =>
    lowerOrder(emit, x!, type!, axisOf(dim, type!.shape.length), emit.ints([k]), largest),
  evaluate: ([x], { k, dim, largest }) => ordered(x!, axisOf(dim, x!.shape.length), k, largest),
  flops: ([x]) => 4 * countOf(x!.shape),
});

/**
 * The numbers along `dim` in ascending order, as `{ values, indices }`; equal ones keep their order.
 * @param options.descending the largest first
 * @example tensor([3, 1, 2]).sort().values // tensor([1., 2., 3.])
 * @see torch.sort
 */
export const sort = op({
  results: ["values", "indices"],
  call: (x: Value, dim: number = -1, options: boolean | { descending?: boolean; stable?: boolean } = {}) => ({
    operands: [x],
    params: { dim, descending: typeof options === "boolean" ? options : (options.descending ?? false) },
  }),
  infer: ([x], { dim }) => {
    axisOf(dim, x!.shape.length);
    return [x!, { dtype: "int64", shape: x!.shape }];
  },
  lower: (emit, [x], { dim, descending }, [type]) => {
    const axis = axisOf(dim, type!.shape.length);
    return lowerOrder(emit, x!, type!, axis, sizesAt(emit, x!, [axis]), descending);
  },
  evaluate: ([x], { dim, descending }) => {
    const axis = axisOf(dim, x!.shape.length);
    return ordered(x!, axis, x!.shape[axis]!, descending);
  },
  flops: ([x]) => 10 * countOf(x!.shape),
});

/**
 * TopK. ONNX Runtime 1.30 divides by zero, which ends the process, when there is nothing before the axis: sizes
 * that may be 0 there grow by one for the node.
 */
function lowerOrder(emit: Emit, x: string, type: Type, axis: number, k: string, largest: boolean): string[] {
  const input = sortable(emit, x, type.dtype, Infinity);
  const risky = [...type.shape.keys()].filter((i) => i < axis && !sizeOfDim(type.shape[i]!));
  const pads = [...type.shape.map(() => 0), ...type.shape.map((_, i) => Number(risky.includes(i)))];
  const padded = risky.length === 0 ? input : emit.node("Pad", [input, emit.ints(pads)]);
  const found = emit.nodes("TopK", [padded, k], { axis, largest: Number(largest), sorted: 1 }, 2)[1]!;
  const none = emit.ints(risky.map(() => 0));
  const indices =
    risky.length === 0 ? found : emit.node("Slice", [found, none, sizesAt(emit, x, risky), emit.ints(risky)]);
  return [emit.node("GatherElements", [x, indices], { axis }), indices];
}

/** The first `k` along an axis in order, and where they were. A nan is above all numbers. */
function ordered(x: Host, axis: number, k: number, descending: boolean): [values: Host, indices: Host] {
  const sign = descending ? -1 : 1;
  const places = (run: Data): number[] =>
    Array.from({ length: run.length }, (_, i) => i)
      .sort((i, j) => sign * order(run[i]!, run[j]!) || i - j)
      .slice(0, k);
  return [
    alongAxis(x, axis, x.dtype, k, (run, to) => {
      for (const [i, place] of places(run).entries()) to[i] = run[place]!;
    }),
    alongAxis(x, axis, "int64", k, (run, to) => {
      for (const [i, place] of places(run).entries()) to[i] = BigInt(place);
    }),
  ];
}

function order(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
