/** Spread, norms and running sums. */
import { type DType, isFloat, summedOf } from "../tensor/dtype.ts";
import { cast } from "../tensor/host.ts";
import { axisOf, type Type } from "../tensor/type.ts";
import { alongAxis, type Floats, reduceFloat } from "./kernels.ts";
import { castTo, countAlong, number, onnxType } from "./lowering.ts";
import { axesOf, countOf, type Dims, demand, dimsOf, folded, type Keepdim, keeps } from "./shapes.ts";
import { type Emit, op, type Value } from "./spec.ts";

export interface Spread {
  /** 1 divides by n - 1, 0 by n. */
  readonly correction?: number;
  readonly keepdim?: boolean;
}

/**
 * The variance: mean squared distance from the mean.
 * @param options.correction 1 (default) divides by n - 1, 0 by n
 * @example tensor([1, 2, 3, 4]).var() // tensor(1.6667)
 * @see torch.var
 */
const variance = spread("var", (v) => v);

export { variance as var };

/**
 * The standard deviation: the root of the variance.
 * @param options.correction 1 (default) divides by n - 1, 0 by n
 * @example tensor([1, 2, 3, 4]).std() // tensor(1.2910)
 * @see torch.std
 */
export const std = spread("std", Math.sqrt, "Sqrt");

/**
 * The p-norm: the root of the sum of squares unless another p is given (1, Infinity, -Infinity, 0, any number).
 * @example tensor([3, 4]).norm() // tensor(5.)
 * @see torch.norm
 */
export const norm = op({
  call: (x: Value, p: number | "fro" = 2, dim?: Dims, keepdim?: Keepdim) => ({
    operands: [x],
    params: {
      p: p === "fro" ? 2 : Number.isFinite(p) ? p : String(p),
      dim: dimsOf(dim),
      keepdim: keeps(keepdim),
    },
  }),
  infer: ([x], { dim, keepdim }) => {
    demand(x!, "norm", "float");
    return { dtype: x!.dtype, shape: folded(x!.shape, axesOf(dim, x!.shape.length), keepdim) };
  },
  lower: (emit, [x], { p, dim, keepdim }, [type]) => {
    const axes = axesOf(dim, type!.shape.length);
    if (axes.length === 0) return p === 0 ? notZero(emit, x!, type!.dtype) : emit.node("Abs", [x!]);
    return lowerNorm(emit, x!, type!.dtype, Number(p), emit.ints(axes), { keepdims: Number(keepdim) });
  },
  evaluate: ([x], { p, dim, keepdim }) =>
    reduceFloat(x!, axesOf(dim, x!.shape.length), keepdim, (run) => normOf(run, Number(p))),
  flops: ([x]) => 2 * countOf(x!.shape),
});

/**
 * Sums from the start of `dim` up to each place. Integers and booleans give int64.
 * @example tensor([1, 2, 3]).cumsum(0) // tensor([1., 3., 6.])
 * @see torch.cumsum
 */
export const cumsum = op({
  call: (x: Value, dim: number) => ({ operands: [x], params: { dim } }),
  infer: ([x], { dim }): Type => {
    axisOf(dim, x!.shape.length);
    return { dtype: summedOf(x!.dtype), shape: x!.shape };
  },
  lower: (emit, [x], { dim }, [type]) => {
    const input = type!.dtype === "bool" ? castTo(emit, x!, "bool", "int64") : x!;
    return emit.node("CumSum", [input, number(emit, axisOf(dim, type!.shape.length), "int64")]);
  },
  evaluate: ([x], { dim }) => {
    const dtype = summedOf(x!.dtype);
    const axis = axisOf(dim, x!.shape.length);
    return alongAxis(cast(x!, dtype), axis, dtype, x!.shape[axis]!, (run, to) => {
      if (isFloat(dtype)) for (let i = 0, total = 0; i < run.length; i++) to[i] = total += run[i] as number;
      else for (let i = 0, total = 0n; i < run.length; i++) to[i] = total += run[i] as bigint;
    });
  },
  flops: ([x]) => countOf(x!.shape),
});

function spread(name: string, last: (variance: number) => number, operator?: string) {
  return op({
    call: (x: Value, dim?: Dims, options: Spread = {}) => ({
      operands: [x],
      params: { dim: dimsOf(dim), correction: options.correction ?? 1, keepdim: options.keepdim ?? false },
    }),
    infer: ([x], { dim, keepdim }) => {
      demand(x!, name, "float");
      return { dtype: x!.dtype, shape: folded(x!.shape, axesOf(dim, x!.shape.length), keepdim) };
    },
    lower: (emit, [x], { dim, correction, keepdim }, [type]) => {
      const axes = axesOf(dim, type!.shape.length);
      const names = emit.ints(axes);
      const fold = axes.length === 0 ? { noop_with_empty_axes: 1 } : {};
      const mean = emit.node("ReduceMean", [x!, names], { keepdims: 1, ...fold });
      const away = emit.node("Sub", [x!, mean]);
      const square = emit.node("Mul", [away, away]);
      const total = emit.node("ReduceSum", [square, names], { keepdims: Number(keepdim), ...fold });
      const free = emit.node("Sub", [
        countAlong(emit, x!, axes, type!.dtype),
        number(emit, correction, type!.dtype),
      ]);
      const result = emit.node("Div", [total, emit.node("Max", [free, number(emit, 0, type!.dtype)])]);
      return operator ? emit.node(operator, [result]) : result;
    },
    evaluate: ([x], { dim, correction, keepdim }) =>
      reduceFloat(x!, axesOf(dim, x!.shape.length), keepdim, (run) => {
        const mean = run.reduce((a, b) => a + b, 0) / run.length;
        return last(run.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(run.length - correction, 0));
      }),
    flops: ([x]) => 4 * countOf(x!.shape),
  });
}

function lowerNorm(
  emit: Emit,
  x: string,
  dtype: DType,
  p: number,
  axes: string,
  keep: { keepdims: number },
): string {
  if (p === 2) return emit.node("ReduceL2", [x, axes], keep);
  if (p === 1) return emit.node("ReduceL1", [x, axes], keep);
  const size = emit.node("Abs", [x]);
  if (p === Infinity) return emit.node("ReduceMax", [size, axes], keep);
  if (p === -Infinity) return emit.node("ReduceMin", [size, axes], keep);
  if (p === 0) return emit.node("ReduceSum", [notZero(emit, x, dtype), axes], keep);
  const total = emit.node("ReduceSum", [emit.node("Pow", [size, number(emit, p, dtype)]), axes], keep);
  return emit.node("Pow", [total, number(emit, 1 / p, dtype)]);
}

/** 1 where x is not 0. */
const notZero = (emit: Emit, x: string, dtype: DType): string =>
  emit.node("Cast", [emit.node("Cast", [x], { to: onnxType.bool })], { to: onnxType[dtype] });

function normOf(run: Floats, p: number): number {
  if (p === 2) return Math.sqrt(run.reduce((a, b) => a + b * b, 0));
  if (p === Infinity) return run.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (p === -Infinity) return run.reduce((a, b) => Math.min(a, Math.abs(b)), Infinity);
  if (p === 0) return run.reduce((a, b) => a + Number(b !== 0), 0);
  return run.reduce((a, b) => a + Math.abs(b) ** p, 0) ** (1 / p);
}
