/** The largest and smallest along a dimension, and where they are. */
import { IndexError } from "../base/errors.ts";
import { type Data, type Host, sizeOf } from "../tensor/host.ts";
import { axisOf, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { alongAxis, withShape } from "./kernels.ts";
import { sortable } from "./lowering.ts";
import { countOf, folded, type Keepdim, keeps } from "./shapes.ts";
import { op, selectOp, type Value } from "./spec.ts";

/**
 * The largest number; with `dim`, `{ values, indices }` along it. Of equal ones the first counts.
 * @example tensor([[1, 5], [7, 3]]).max() // tensor(7.)
 * @example tensor([[1, 5], [7, 3]]).max(1).indices // tensor([1, 0])
 * @see torch.max
 */
export const max = extreme("max", "Max", (a, b) => a > b);

/**
 * The smallest number; with `dim`, `{ values, indices }` along it. Of equal ones the first counts.
 * @example tensor([[1, 5], [7, 3]]).min() // tensor(1.)
 * @see torch.min
 */
export const min = extreme("min", "Min", (a, b) => a < b);

/**
 * Where the largest number is: along `dim`, or without it in the flattened tensor. int64.
 * @example tensor([[1, 5], [7, 3]]).argmax(1) // tensor([1, 0])
 * @see torch.argmax
 */
export const argmax = place("argmax", "ArgMax", (a, b) => a > b);

/**
 * Where the smallest number is: along `dim`, or without it in the flattened tensor. int64.
 * @example tensor([[1, 5], [7, 3]]).argmin(1) // tensor([0, 1])
 * @see torch.argmin
 */
export const argmin = place("argmin", "ArgMin", (a, b) => a < b);

type Better = (a: number | bigint, b: number | bigint) => boolean;

function extreme(name: string, operator: "Max" | "Min", better: Better) {
  return selectOp({
    results: ["values", "indices"],
    call: (x: Value, dim?: number | null, keepdim?: Keepdim) => ({
      operands: [x],
      params: { dim: dim ?? null, keepdim: keeps(keepdim) },
    }),
    infer: ([x], { dim, keepdim }): Type | Type[] => {
      notEmpty(name, x!, dim);
      if (dim === null) return { dtype: x!.dtype, shape: [] };
      const shape = folded(x!.shape, [axisOf(dim, x!.shape.length)], keepdim);
      return [
        { dtype: x!.dtype, shape },
        { dtype: "int64", shape },
      ];
    },
    lower: (emit, [x], { dim, keepdim }, [type]) => {
      const axis = dim === null ? 0 : axisOf(dim, type!.shape.length);
      const all = dim === null ? emit.node("Reshape", [x!, emit.ints([-1])]) : x!;
      const input = sortable(emit, all, type!.dtype, operator === "Max" ? Infinity : -Infinity);
      const indices = emit.node(`Arg${operator}`, [input], { axis, keepdims: 1 });
      const values = emit.node("GatherElements", [all, indices], { axis });
      const fold = (result: string) => emit.node("Squeeze", [result, emit.ints([axis])]);
      if (dim === null) return fold(values);
      return keepdim ? [values, indices] : [fold(values), fold(indices)];
    },
    evaluate: ([x], { dim, keepdim }) => {
      notEmpty(name, x!, dim);
      if (dim === null) return withShape(best(withShape(x!, [sizeOf(x!.shape)]), 0, better)[0], []);
      const axis = axisOf(dim, x!.shape.length);
      const shape = folded(x!.shape, [axis], keepdim) as number[];
      return best(x!, axis, better).map((result) => withShape(result, shape));
    },
    flops: ([x]) => countOf(x!.shape),
  });
}

function place(name: string, operator: string, better: Better) {
  return op({
    call: (x: Value, dim?: number | null, keepdim?: Keepdim) => ({
      operands: [x],
      params: { dim: dim ?? null, keepdim: keeps(keepdim) },
    }),
    infer: ([x], { dim, keepdim }) => {
      notEmpty(name, x!, dim);
      const axes = dim === null ? [...x!.shape.keys()] : [axisOf(dim, x!.shape.length)];
      return { dtype: "int64", shape: folded(x!.shape, axes, keepdim) };
    },
    lower: (emit, [x], { dim, keepdim }, [type]) => {
      const rank = type!.shape.length;
      const input = sortable(emit, x!, type!.dtype, operator === "ArgMax" ? Infinity : -Infinity);
      if (dim !== null)
        return emit.node(operator, [input], { axis: axisOf(dim, rank), keepdims: Number(keepdim) });
      const flat = emit.node("Reshape", [input, emit.ints([-1])]);
      const at = emit.node(operator, [flat], { axis: 0, keepdims: 0 });
      return keepdim ? emit.node("Reshape", [at, emit.ints(type!.shape.map(() => 1))]) : at;
    },
    evaluate: ([x], { dim, keepdim }) => {
      notEmpty(name, x!, dim);
      const all = [...x!.shape.keys()];
      if (dim === null) {
        return withShape(
          best(withShape(x!, [sizeOf(x!.shape)]), 0, better)[1],
          keepdim ? all.map(() => 1) : [],
        );
      }
      const axis = axisOf(dim, x!.shape.length);
      return withShape(best(x!, axis, better)[1], folded(x!.shape, [axis], keepdim) as number[]);
    },
    flops: ([x]) => countOf(x!.shape),
  });
}

function notEmpty(name: string, x: Type, dim: number | null): void {
  const empty =
    dim === null ? countOf(x.shape) === 0 : sizeOfDim(x.shape[axisOf(dim, x.shape.length)]!) === 0;
  if (empty)
    throw new IndexError(
      `${name} of nothing: ${printType(x)}${dim === null ? "" : ` along dimension ${dim}`}`,
    );
}

/** The best value along an axis and where it is; both keep the axis with size 1. A nan is better than all. */
function best(x: Host, axis: number, better: Better): [values: Host, indices: Host] {
  const placeOf = (run: Data): number => {
    let place = 0;
    for (let i = 1; i < run.length && !Number.isNaN(run[place]); i++) {
      if (better(run[i]!, run[place]!) || Number.isNaN(run[i])) place = i;
    }
    return place;
  };
  return [
    alongAxis(x, axis, x.dtype, 1, (run, to) => {
      to[0] = run[placeOf(run)]!;
    }),
    alongAxis(x, axis, "int64", 1, (run, to) => {
      to[0] = BigInt(placeOf(run));
    }),
  ];
}
