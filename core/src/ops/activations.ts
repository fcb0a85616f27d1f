/** Activations of layers: functions of one number at a time, some with parameters. */
import { floatOf } from "../tensor/dtype.ts";
import { composed } from "./compose.ts";
import { mapFloat } from "./kernels.ts";
import { castTo, number } from "./lowering.ts";
import { clamp } from "./select.ts";
import { countOf } from "./shapes.ts";
import { type Emit, op, type Params, type Value } from "./spec.ts";
import { unary, type Wide } from "./unary.ts";

/**
 * log(1 + exp(x)), a smooth relu.
 * @param options.beta the steepness
 * @param options.threshold x itself where beta · x is above it
 * @example tensor([0, 30]).softplus() // tensor([ 0.6931, 30.0000])
 * @see torch.nn.functional.softplus
 */
export const softplus = activation(
  (options: { readonly beta?: number; readonly threshold?: number } = {}) => ({
    beta: options.beta ?? 1,
    threshold: options.threshold ?? 20,
  }),
  (emit, x, dtype, { beta, threshold }) => {
    const steep = emit.node("Mul", [x, number(emit, beta, dtype)]);
    const soft = emit.node("Div", [emit.node("Softplus", [steep]), number(emit, beta, dtype)]);
    return emit.node("Where", [emit.node("Greater", [steep, number(emit, threshold, dtype)]), x, soft]);
  },
  (v, { beta, threshold }) => (v * beta > threshold ? v : Math.log1p(Math.exp(v * beta)) / beta),
);

/**
 * x · tanh(softplus(x)).
 * @example tensor([0, 1]).mish() // tensor([0.0000, 0.8651])
 * @see torch.nn.functional.mish
 */
export const mish = unary(
  (emit, x) => emit.node("Mul", [x, emit.node("Tanh", [emit.node("Softplus", [x])])]),
  (v) => v * Math.tanh(v > 20 ? v : Math.log1p(Math.exp(v))),
  { single: true },
);

/**
 * x above 0, alpha · (exp(x) - 1) below.
 * @example tensor([-1, 1]).elu() // tensor([-0.6321,  1.0000])
 * @see torch.nn.functional.elu
 */
export const elu = activation(
  (alpha: number = 1) => ({ alpha }),
  (emit, x, _, { alpha }) => emit.node("Elu", [x], { alpha: { float: alpha } }),
  (v, { alpha }) => (v > 0 ? v : alpha * Math.expm1(v)),
);

/**
 * x above 0, x · negativeSlope below.
 * @example tensor([-1, 1]).leakyRelu() // tensor([-0.0100,  1.0000])
 * @see torch.nn.functional.leaky_relu
 */
export const leakyRelu = activation(
  (negativeSlope: number = 0.01) => ({ negativeSlope }),
  (emit, x, _, { negativeSlope }) => emit.node("LeakyRelu", [x], { alpha: { float: negativeSlope } }),
  (v, { negativeSlope }) => (v > 0 ? v : v * Math.fround(negativeSlope)),
);

/**
 * The scaled ELU of self-normalising networks.
 * @example tensor([-1, 1]).selu() // tensor([-1.1113,  1.0507])
 * @see torch.nn.functional.selu
 */
export const selu = unary(
  "Selu",
  (v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v)),
  { single: true },
);

/**
 * log(sigmoid(x)).
 * @example tensor([0]).logsigmoid() // tensor([-0.6931])
 * @see torch.nn.functional.logsigmoid
 */
export const logsigmoid = unary(
  (emit, x) => emit.node("Neg", [emit.node("Softplus", [emit.node("Neg", [x])])]),
  (v) => Math.min(v, 0) - Math.log1p(Math.exp(-Math.abs(v))),
  { single: true },
);

/**
 * x / (1 + |x|).
 * @example tensor([1]).softsign() // tensor([0.5000])
 * @see torch.nn.functional.softsign
 */
export const softsign = unary("Softsign", (v) => v / (1 + Math.abs(v)), { single: true });

/**
 * x within 0 and 6.
 * @example tensor([-1, 8]).relu6() // tensor([0., 6.])
 * @see torch.nn.functional.relu6
 */
export const relu6 = composed({
  call: (x: Value) => ({ operands: [x], params: {} }),
  make: (steps, [x]) => steps.do(clamp, x!, 0, 6),
});

/**
 * x within minVal and maxVal.
 * @example tensor([-3, 0.5]).hardtanh() // tensor([-1.0000,  0.5000])
 * @see torch.nn.functional.hardtanh
 */
export const hardtanh = composed({
  call: (x: Value, minVal: number = -1, maxVal: number = 1) => ({
    operands: [x],
    params: { minVal, maxVal },
  }),
  make: (steps, [x], { minVal, maxVal }) => steps.do(clamp, x!, minVal, maxVal),
});

function activation<A extends readonly unknown[], P extends Params>(
  params: (...args: A) => P,
  lower: (emit: Emit, x: string, dtype: Wide, params: P) => string,
  f: (v: number, params: P) => number,
) {
  return op({
    single: true,
    call: (x: Value, ...args: A) => ({ operands: [x], params: params(...args) }),
    infer: ([x]) => ({ dtype: floatOf(x!.dtype), shape: x!.shape }),
    lower: (emit, [x], given, [type]) => {
      const dtype = floatOf(type!.dtype) as Wide;
      return lower(emit, castTo(emit, x!, type!.dtype, dtype), dtype, given);
    },
    evaluate: ([x], given) => mapFloat(x!, (v) => f(v, given)),
    flops: ([x]) => 4 * countOf(x!.shape),
  });
}
