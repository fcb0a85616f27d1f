/** Functions of two numbers made of others, and numbers in place of what is none. */
import { TypeError } from "../base/errors.ts";
import { floatOf, isFloat, promoteAll } from "../tensor/dtype.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { binary } from "./binary.ts";
import { eq, ge, gt, isnan, lt } from "./compare.ts";
import { composed } from "./compose.ts";
import { to } from "./convert.ts";
import { atan, log1p } from "./curves.ts";
import { exp, sqrt } from "./elementwise.ts";
import { maximum, where } from "./select.ts";
import { abs, neg, square } from "./signs.ts";
import type { Value } from "./spec.ts";

/**
 * The angle of the point (other, x), from -π to π.
 * @example tensor([1]).atan2(tensor([-1])) // tensor([2.3562])
 * @see torch.atan2
 */
export const atan2 = composed({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps, [y, x]) => {
    const dtype = floatOf(promoteAll(y!.type, x!.type));
    const [a, b] = [steps.do(to, y!, dtype), steps.do(to, x!, dtype)];
    const half = steps.do(atan, steps.do(div, a, b));
    const turn = steps.do(
      where,
      steps.do(ge, a, 0),
      steps.do(add, half, Math.PI),
      steps.do(sub, half, Math.PI),
    );
    const upright = steps.do(
      where,
      steps.do(gt, a, 0),
      Math.PI / 2,
      steps.do(where, steps.do(lt, a, 0), -Math.PI / 2, 0),
    );
    const left = steps.do(where, steps.do(lt, b, 0), turn, half);
    return steps.do(to, steps.do(where, steps.do(eq, b, 0), upright, left), dtype);
  },
});

/**
 * What is left when x is divided by other, with the sign of x, as C's `fmod`.
 * @example tensor([-1, 5]).fmod(3) // tensor([-1.,  2.])
 * @see torch.fmod
 */
export const fmod = binary("fmod", {
  lower: (emit, a, b) => emit.node("Mod", [a, b], { fmod: 1 }),
  float: (a, b) => a % b,
  int: (a, b) => a % b,
});

/**
 * The length of (x, other).
 * @example tensor([3]).hypot(tensor([4])) // tensor([5.])
 * @see torch.hypot
 */
export const hypot = composed({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps, [x, other]) => steps.do(sqrt, steps.do(add, steps.do(square, x!), steps.do(square, other!))),
});

/**
 * log(exp(x) + exp(other)), without overflow.
 * @example tensor([0]).logaddexp(tensor([0])) // tensor([0.6931])
 * @see torch.logaddexp
 */
export const logaddexp = composed({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps, [x, other]) => {
    const top = steps.do(maximum, x!, other!);
    const apart = steps.do(neg, steps.do(abs, steps.do(sub, x!, other!)));
    const same = steps.do(eq, x!, other!);
    const extra = steps.do(log1p, steps.do(exp, steps.do(where, same, 0, apart)));
    return steps.do(add, top, extra);
  },
});

/**
 * x + value · tensor1 · tensor2.
 * @example ops.addcmul(tensor([1]), tensor([2]), tensor([3])) // tensor([7.])
 * @see torch.addcmul
 */
export const addcmul = composed({
  call: (x: Value, tensor1: Value, tensor2: Value, options: { readonly value?: number } = {}) => ({
    operands: [x, tensor1, tensor2],
    params: { value: options.value ?? 1 },
  }),
  make: (steps, [x, a, b], { value }) => {
    const product = steps.do(mul, a!, b!);
    return steps.do(add, x!, value === 1 ? product : steps.do(mul, product, value));
  },
});

/**
 * x with numbers in place of nan and of infinities: 0 and the largest that the dtype holds, unless others are given.
 * @example tensor([NaN, 1]).nanToNum() // tensor([0., 1.])
 * @see torch.nan_to_num
 */
export const nanToNum = composed({
  call: (
    x: Value,
    nan: number = 0,
    options: { readonly posinf?: number | null; readonly neginf?: number | null } = {},
  ) => ({ operands: [x], params: { nan, posinf: options.posinf ?? null, neginf: options.neginf ?? null } }),
  make: (steps, [x], { nan, posinf, neginf }) => {
    const { dtype } = x!.type;
    if (dtype === "bool") throw new TypeError("nanToNum is not defined for bool");
    if (!isFloat(dtype)) return x!;
    const most = largest[dtype] ?? largest["float32"]!;
    const known = steps.do(where, steps.do(isnan, x!), nan, x!);
    const below = steps.do(where, steps.do(eq, known, Infinity), posinf ?? most, known);
    return steps.do(to, steps.do(where, steps.do(eq, below, -Infinity), neginf ?? -most, below), dtype);
  },
});

const largest: Readonly<Record<string, number>> = {
  float16: 65504,
  bfloat16: 3.3895313892515355e38,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};
