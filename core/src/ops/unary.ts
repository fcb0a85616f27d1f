/** How an op of one number at a time that gives floats is made of an ONNX operator and a function of one number. */
import { floatOf } from "../tensor/dtype.ts";
import { cast } from "../tensor/host.ts";
import { mapFloat } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { countOf } from "./shapes.ts";
import { type Emit, type Op, op, type Value } from "./spec.ts";
import type { Width } from "./widen.ts";

export type Unary = Op<[x: Value], Record<never, never>, never>;

/** The dtypes in which floats are computed. */
export type Wide = "float32" | "float64";

export function unary(
  operator: string | ((emit: Emit, x: string, dtype: Wide) => string),
  f: (v: number) => number,
  width: Width = {},
): Unary {
  return op({
    ...width,
    call: (x: Value) => ({ operands: [x], params: {} }),
    infer: ([x]) => ({ dtype: floatOf(x!.dtype), shape: x!.shape }),
    lower: (emit, [x], _, [type]) => {
      const dtype = floatOf(type!.dtype) as Wide;
      const float = castTo(emit, x!, type!.dtype, dtype);
      return typeof operator === "string" ? emit.node(operator, [float]) : operator(emit, float, dtype);
    },
    evaluate: ([x]) => mapFloat(cast(x!, floatOf(x!.dtype)), f),
    flops: ([x]) => countOf(x!.shape),
  });
}

export function sigmoidOf(v: number): number {
  return 1 / (1 + Math.exp(-v));
}
