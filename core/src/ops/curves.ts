/** More functions of one number at a time that give floats: powers of 2 and 10, angles, hyperbolas. */
import { number } from "./lowering.ts";
import type { Emit } from "./spec.ts";
import { unary, type Wide } from "./unary.ts";

/**
 * 2 to the power of x.
 * @example tensor([0, 3]).exp2() // tensor([1., 8.])
 * @see torch.exp2
 */
export const exp2 = unary(
  (emit, x, dtype) => emit.node("Pow", [number(emit, 2, dtype), x]),
  (v) => 2 ** v,
);

/**
 * exp(x) - 1, exact near 0.
 * @example tensor([0, 1]).expm1() // tensor([0.0000, 1.7183])
 * @see torch.expm1
 */
export const expm1 = unary((emit, x, dtype) => {
  const one = number(emit, 1, dtype);
  const near = emit.node("Less", [emit.node("Abs", [x]), one]);
  const half = emit.node("Tanh", [emit.node("Mul", [x, number(emit, 0.5, dtype)])]);
  const small = emit.node("Div", [emit.node("Add", [half, half]), emit.node("Sub", [one, half])]);
  return emit.node("Where", [near, small, emit.node("Sub", [emit.node("Exp", [x]), one])]);
}, Math.expm1);

/**
 * The logarithm to base 2; nan below 0.
 * @example tensor([1, 8]).log2() // tensor([0., 3.])
 * @see torch.log2
 */
export const log2 = logarithm(Math.LN2, Math.log2);

/**
 * The logarithm to base 10; nan below 0.
 * @example tensor([1, 100]).log10() // tensor([0., 2.])
 * @see torch.log10
 */
export const log10 = logarithm(Math.LN10, Math.log10);

/**
 * log(1 + x), exact near 0; nan below -1.
 * @example tensor([0, 1]).log1p() // tensor([0.0000, 0.6931])
 * @see torch.log1p
 */
export const log1p = unary(
  (emit, x, dtype) => {
    const near = emit.node("Less", [emit.node("Abs", [x]), number(emit, 0.5, dtype)]);
    const share = emit.node("Div", [x, emit.node("Add", [x, number(emit, 2, dtype)])]);
    const small = emit.node("Mul", [emit.node("Atanh", [share]), number(emit, 2, dtype)]);
    const large = emit.node("Log", [emit.node("Add", [x, number(emit, 1, dtype)])]);
    return emit.node("Where", [near, small, large]);
  },
  Math.log1p,
  { single: true },
);

/**
 * The tangent of an angle in radians.
 * @example tensor([0, 1]).tan() // tensor([0.0000, 1.5574])
 * @see torch.tan
 */
export const tan = unary("Tan", Math.tan, { single: true });

/**
 * The angle in radians whose sine is x; nan outside -1 to 1.
 * @example tensor([0, 1]).asin() // tensor([0.0000, 1.5708])
 * @see torch.asin
 */
export const asin = unary("Asin", Math.asin, { single: true });

/**
 * The angle in radians whose cosine is x; nan outside -1 to 1.
 * @example tensor([0, 1]).acos() // tensor([1.5708, 0.0000])
 * @see torch.acos
 */
export const acos = unary("Acos", Math.acos, { single: true });

/**
 * The angle in radians whose tangent is x.
 * @example tensor([0, 1]).atan() // tensor([0.0000, 0.7854])
 * @see torch.atan
 */
export const atan = unary("Atan", Math.atan, { single: true });

/**
 * The hyperbolic sine.
 * @example tensor([0, 1]).sinh() // tensor([0.0000, 1.1752])
 * @see torch.sinh
 */
export const sinh = unary("Sinh", Math.sinh, { single: true });

/**
 * The hyperbolic cosine.
 * @example tensor([0, 1]).cosh() // tensor([1.0000, 1.5431])
 * @see torch.cosh
 */
export const cosh = unary("Cosh", Math.cosh, { single: true });

function logarithm(base: number, f: (v: number) => number) {
  const lower = (emit: Emit, x: string, dtype: Wide) =>
    emit.node("Div", [emit.node("Log", [x]), number(emit, base, dtype)]);
  return unary(lower, f);
}
