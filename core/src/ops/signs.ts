/** Functions of one number at a time that keep its dtype. */
import { TypeError } from "../base/errors.ts";
import { isFloat } from "../tensor/dtype.ts";
import type { Host } from "../tensor/host.ts";
import { mapFloat, mapTo } from "./kernels.ts";
import { number } from "./lowering.ts";
import { countOf } from "./shapes.ts";
import { type Emit, op, type Value } from "./spec.ts";

/**
 * -x.
 * @example tensor([1, -2]).neg() // tensor([-1.,  2.])
 * @see torch.neg
 */
export const neg = numeric(
  "neg",
  "Neg",
  (v) => -v,
  (v) => -v,
);

/**
 * The absolute value.
 * @example tensor([1, -2]).abs() // tensor([1., 2.])
 * @see torch.abs
 */
export const abs = numeric("abs", "Abs", Math.abs, (v) => (v < 0n ? -v : v));

/**
 * x · x.
 * @example tensor([-2, 3]).square() // tensor([4., 9.])
 * @see torch.square
 */
export const square = numeric(
  "square",
  (emit, x) => emit.node("Mul", [x, x]),
  (v) => v * v,
  (v) => v * v,
);

/**
 * max(x, 0).
 * @example tensor([-1, 2]).relu() // tensor([0., 2.])
 * @see torch.relu
 */
export const relu = numeric(
  "relu",
  (emit, x, int) => (int ? emit.node("Max", [x, number(emit, 0, "int64")]) : emit.node("Relu", [x])),
  (v) => (v < 0 ? 0 : v),
  (v) => (v < 0n ? 0n : v),
);

/**
 * The largest whole number that is not above x. Integers stay as they are.
 * @example tensor([1.5, -1.5]).floor() // tensor([ 1., -2.])
 * @see torch.floor
 */
export const floor = rounding("floor", "Floor", Math.floor);

/**
 * The smallest whole number that is not below x. Integers stay as they are.
 * @example tensor([1.5, -1.5]).ceil() // tensor([ 2., -1.])
 * @see torch.ceil
 */
export const ceil = rounding("ceil", "Ceil", Math.ceil);

/**
 * The nearest whole number, halves to the even one. Integers stay as they are.
 * @example tensor([0.5, 1.5, 2.5]).round() // tensor([0., 2., 2.])
 * @see torch.round
 */
export const round = rounding("round", "Round", (v) => {
  const below = Math.floor(v);
  if (v - below !== 0.5) return Math.round(v);
  return below % 2 === 0 ? below : below + 1;
});

function rounding(name: string, operator: string, f: (v: number) => number) {
  return numeric(
    name,
    (emit, x, int) => emit.node(int ? "Identity" : operator, [x]),
    f,
    (v) => v,
  );
}

function numeric(
  name: string,
  operator: string | ((emit: Emit, x: string, int: boolean) => string),
  float: (v: number) => number,
  int: (v: bigint) => bigint,
) {
  return op({
    call: (x: Value) => ({ operands: [x], params: {} }),
    infer: ([x]) => {
      if (x!.dtype === "bool")
        throw new TypeError(`${name} is not defined for bool: convert with .long() or .float() first`);
      return x!;
    },
    lower: (emit, [x], _, [type]) =>
      typeof operator === "string" ? emit.node(operator, [x!]) : operator(emit, x!, type!.dtype === "int64"),
    evaluate: ([x]): Host => (isFloat(x!.dtype) ? mapFloat(x!, float) : mapTo(x!, "int64", int)),
    flops: ([x]) => countOf(x!.shape),
  });
}
