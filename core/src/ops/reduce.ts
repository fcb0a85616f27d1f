/** Ops that fold dimensions away. Without `dim` all are folded; with `keepdim` each leaves a size of 1. */

import { type DType, isFloat, summedOf } from "../tensor/dtype.ts";
import { cast, type Host } from "../tensor/host.ts";
import { sizeOfDim, type Type } from "../tensor/type.ts";
import { keptShape, reduceFloat, runsOf } from "./kernels.ts";
import { castTo, number, onnxType } from "./lowering.ts";
import { axesOf, countOf, type Dims, demand, dimsOf, folded, type Keepdim, keeps } from "./shapes.ts";
import { type Emit, op, type Value } from "./spec.ts";

/**
 * The sum. Integers and booleans give int64.
 * @param dim the dimension or dimensions to fold, negative from the end
 * @example tensor([[1, 2], [3, 4]]).sum(-1) // tensor([3., 7.])
 * @see torch.sum
 */
export const sum = fold({
  result: summedOf,
  lower: "ReduceSum",
  float: sumOf,
  int: (run) => run.reduce((a, b) => a + b, 0n),
});

/**
 * The product. Integers and booleans give int64.
 * @example tensor([[1, 2], [3, 4]]).prod(-1) // tensor([ 2., 12.])
 * @see torch.prod
 */
export const prod = fold({
  result: summedOf,
  lower: "ReduceProd",
  float: (run) => run.reduce((a, b) => a * b, 1),
  int: (run) => run.reduce((a, b) => a * b, 1n),
});

/**
 * The mean; nan of nothing. Integers are refused, as in torch.
 * @example tensor([[1, 2], [3, 4]]).mean(0) // tensor([2., 3.])
 * @see torch.mean
 */
export const mean = fold({
  result: (dtype) => {
    demand({ dtype, shape: [] }, "mean", "float");
    return dtype;
  },
  lower: (emit, x, axes, keepdims, empty, dtype) => {
    if (!empty) return emit.node("ReduceMean", [x, axes], { keepdims });
    return emit.node("Div", [emit.node("ReduceSum", [x, axes], { keepdims }), number(emit, 0, dtype)]);
  },
  float: (run) => sumOf(run) / run.length,
});

/**
 * Whether all are true (not 0); true of nothing.
 * @example tensor([[1, 0], [2, 3]]).all(-1) // tensor([False,  True])
 * @see torch.all
 */
export const all = fold({
  result: () => "bool",
  lower: (emit, x, axes, keepdims) => {
    const no = emit.node("Cast", [emit.node("Not", [x])], { to: onnxType.int64 });
    return emit.node("Equal", [emit.node("ReduceSum", [no, axes], { keepdims }), number(emit, 0, "int64")]);
  },
  bool: (run) => run.every((v) => v !== 0),
});

/**
 * Whether one or more are true (not 0); false of nothing.
 * @example tensor([[0, 0], [0, 3]]).any(-1) // tensor([False,  True])
 * @see torch.any
 */
export const any = fold({
  result: () => "bool",
  lower: (emit, x, axes, keepdims) => {
    const count = emit.node("ReduceSum", [emit.node("Cast", [x], { to: onnxType.int64 }), axes], {
      keepdims,
    });
    return emit.node("Cast", [count], { to: onnxType.bool });
  },
  bool: (run) => run.some((v) => v !== 0),
});

interface Folding {
  /** The dtype of the result, in which it is computed. */
  readonly result: (dtype: DType) => DType;
  readonly lower:
    | string
    | ((emit: Emit, x: string, axes: string, keepdims: number, empty: boolean, dtype: DType) => string);
  readonly float?: (run: Float32Array) => number;
  readonly int?: (run: BigInt64Array) => bigint;
  readonly bool?: (run: Uint8Array) => boolean;
}

function fold(rule: Folding) {
  return op({
    call: (x: Value, dim?: Dims, keepdim?: Keepdim) => ({
      operands: [x],
      params: { dim: dimsOf(dim), keepdim: keeps(keepdim) },
    }),
    infer: ([x], { dim, keepdim }): Type => ({
      dtype: rule.result(x!.dtype),
      shape: folded(x!.shape, axesOf(dim, x!.shape.length), keepdim),
    }),
    lower: (emit, [x], { dim, keepdim }, [type]) => {
      const input = castTo(emit, x!, type!.dtype, rule.result(type!.dtype));
      const axes = axesOf(dim, type!.shape.length);
      if (axes.length === 0) return emit.node("Identity", [input]);
      const names = emit.ints(axes);
      return typeof rule.lower === "string"
        ? emit.node(rule.lower, [input, names], { keepdims: Number(keepdim) })
        : rule.lower(
            emit,
            input,
            names,
            Number(keepdim),
            axes.some((axis) => sizeOfDim(type!.shape[axis]!) === 0),
            rule.result(type!.dtype),
          );
    },
    evaluate: ([x], { dim, keepdim }) => foldValues(x!, rule, axesOf(dim, x!.shape.length), keepdim),
    flops: ([x]) => countOf(x!.shape),
  });
}

function foldValues(x: Host, rule: Folding, axes: readonly number[], keepdim: boolean): Host {
  const dtype = rule.result(x.dtype);
  const input = cast(x, dtype);
  if (rule.float && isFloat(dtype)) return reduceFloat(input, axes, keepdim, rule.float);
  const { data, rows, n } = runsOf(input, axes);
  const shape = keptShape(x, axes, keepdim);
  const out: Host = { dtype, shape, data: dtype === "bool" ? new Uint8Array(rows) : new BigInt64Array(rows) };
  for (let row = 0; row < rows; row++) {
    const run = data.subarray(row * n, (row + 1) * n);
    out.data[row] =
      dtype === "bool" ? Number(rule.bool!(run as Uint8Array)) : rule.int!(run as BigInt64Array);
  }
  return out;
}

function sumOf(run: Float32Array): number {
  let total = 0;
  for (let i = 0; i < run.length; i++) total += run[i]!;
  return total;
}
