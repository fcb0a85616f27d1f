/** Functions of one number at a time that give floats; integers and booleans become float32 first, as in torch. */
import { floatOf } from "../tensor/dtype.ts";
import { cast } from "../tensor/host.ts";
import { mapFloat } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { countOf } from "./shapes.ts";
import { op, type Value } from "./spec.ts";
import { sigmoidOf, unary } from "./unary.ts";

/**
 * e to the power of x.
 * @example tensor([0, 1]).exp() // tensor([1.0000, 2.7183])
 * @see torch.exp
 */
export const exp = unary("Exp", Math.exp);

/**
 * The natural logarithm; nan below 0.
 * @example tensor([1, 10]).log() // tensor([0.0000, 2.3026])
 * @see torch.log
 */
export const log = unary("Log", Math.log);

/**
 * The square root; nan below 0.
 * @example tensor([4, 2]).sqrt() // tensor([2.0000, 1.4142])
 * @see torch.sqrt
 */
export const sqrt = unary("Sqrt", Math.sqrt);

/**
 * 1 / sqrt(x).
 * @example tensor([4, 16]).rsqrt() // tensor([0.5000, 0.2500])
 * @see torch.rsqrt
 */
export const rsqrt = unary(
  (emit, x) => emit.node("Reciprocal", [emit.node("Sqrt", [x])]),
  (v) => 1 / Math.sqrt(v),
);

/**
 * 1 / x.
 * @example tensor([4, 0]).reciprocal() // tensor([0.2500,    inf])
 * @see torch.reciprocal
 */
export const reciprocal = unary("Reciprocal", (v) => 1 / v);

/**
 * The sine of an angle in radians.
 * @example tensor([0, 1]).sin() // tensor([0.0000, 0.8415])
 * @see torch.sin
 */
export const sin = unary("Sin", Math.sin);

/**
 * The cosine of an angle in radians.
 * @example tensor([0, 1]).cos() // tensor([1.0000, 0.5403])
 * @see torch.cos
 */
export const cos = unary("Cos", Math.cos);

/**
 * The hyperbolic tangent, between -1 and 1.
 * @example tensor([0, 1]).tanh() // tensor([0.0000, 0.7616])
 * @see torch.tanh
 */
export const tanh = unary("Tanh", Math.tanh);

/**
 * 1 / (1 + exp(-x)), between 0 and 1.
 * @example tensor([0, 1]).sigmoid() // tensor([0.5000, 0.7311])
 * @see torch.sigmoid
 */
export const sigmoid = unary("Sigmoid", sigmoidOf);

/**
 * x · sigmoid(x), also called swish.
 * @example tensor([0, 1]).silu() // tensor([0.0000, 0.7311])
 * @see torch.nn.functional.silu
 */
export const silu = unary(
  (emit, x) => emit.node("Mul", [x, emit.node("Sigmoid", [x])]),
  (v) => v * sigmoidOf(v),
  { single: true },
);

/**
 * The error function, between -1 and 1.
 * @example tensor([0, 1]).erf() // tensor([0.0000, 0.8427])
 * @see torch.erf
 */
export const erf = unary("Erf", erfOf, { single: true });

/**
 * x · Φ(x), the Gaussian error linear unit.
 * @param options.approximate "tanh" for the approximation that GPT-2 uses; else "none"
 * @example tensor([-1, 1]).gelu() // tensor([-0.1587,  0.8413])
 * @see torch.nn.functional.gelu
 */
export const gelu = op({
  single: true,
  call: (x: Value, options: { approximate?: "none" | "tanh" } = {}) => ({
    operands: [x],
    params: { approximate: options.approximate ?? "none" },
  }),
  infer: ([x]) => ({ dtype: floatOf(x!.dtype), shape: x!.shape }),
  lower: (emit, [x], { approximate }, [type]) =>
    emit.node("Gelu", [castTo(emit, x!, type!.dtype, floatOf(type!.dtype))], { approximate }),
  evaluate: ([x], { approximate }) =>
    mapFloat(
      cast(x!, floatOf(x!.dtype)),
      approximate === "tanh" ? geluTanh : (v) => 0.5 * v * (1 + erfOf(v * Math.SQRT1_2)),
    ),
  flops: ([x]) => 10 * countOf(x!.shape),
});

function geluTanh(v: number): number {
  return 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
}

/** A series of positive terms near 0, a continued fraction further out: no digits cancel. */
function erfOf(v: number): number {
  const x = Math.abs(v);
  if (Number.isNaN(v)) return v;
  if (x > 6) return Math.sign(v);
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2.5) {
    let sum = x;
    for (let n = 1, term = x; term > sum * 1e-17; n++) sum += term *= (2 * x * x) / (2 * n + 1);
    return 2 * scale * sum * Math.sign(v);
  }
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return (1 - scale / fraction) * Math.sign(v);
}
