/** Comparisons and logic: results are bool. */

import { floatOf, promoteAll } from "../tensor/dtype.ts";
import { cast } from "../tensor/host.ts";
import { broadcast } from "../tensor/type.ts";
import { mapTo, zipTo } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { countOf } from "./shapes.ts";
import { op, type Value } from "./spec.ts";

/**
 * Where x equals other.
 * @example tensor([1, 2]).eq(2) // tensor([False,  True])
 * @see torch.eq
 */
export const eq = comparison("Equal", (a, b) => a === b);

/**
 * Where x differs from other.
 * @example tensor([1, 2]).ne(2) // tensor([ True, False])
 * @see torch.ne
 */
export const ne = comparison("Equal", (a, b) => a !== b, true);

/**
 * Where x is below other.
 * @example tensor([1, 2]).lt(2) // tensor([ True, False])
 * @see torch.lt
 */
export const lt = comparison("Less", (a, b) => a < b);

/**
 * Where x is not above other.
 * @example tensor([1, 2, 3]).le(2) // tensor([ True,  True, False])
 * @see torch.le
 */
export const le = comparison("LessOrEqual", (a, b) => a <= b);

/**
 * Where x is above other.
 * @example tensor([1, 2, 3]).gt(2) // tensor([False, False,  True])
 * @see torch.gt
 */
export const gt = comparison("Greater", (a, b) => a > b);

/**
 * Where x is not below other.
 * @example tensor([1, 2, 3]).ge(2) // tensor([False,  True,  True])
 * @see torch.ge
 */
export const ge = comparison("GreaterOrEqual", (a, b) => a >= b);

/**
 * Where both are true; a number is true when it is not 0.
 * @example tensor([true, false]).logicalAnd(tensor([true, true])) // tensor([ True, False])
 * @see torch.logical_and
 */
export const logicalAnd = logic("And", (a, b) => a & b);

/**
 * Where one or both are true; a number is true when it is not 0.
 * @example tensor([true, false]).logicalOr(tensor([false, false])) // tensor([ True, False])
 * @see torch.logical_or
 */
export const logicalOr = logic("Or", (a, b) => a | b);

/**
 * Where exactly one is true; a number is true when it is not 0.
 * @example tensor([true, false]).logicalXor(tensor([true, true])) // tensor([False,  True])
 * @see torch.logical_xor
 */
export const logicalXor = logic("Xor", (a, b) => a ^ b);

/**
 * Where x is false or 0.
 * @example tensor([0, 3]).logicalNot() // tensor([ True, False])
 * @see torch.logical_not
 */
export const logicalNot = op({
  call: (x: Value) => ({ operands: [x], params: {} }),
  infer: ([x]) => ({ dtype: "bool", shape: x!.shape }),
  lower: (emit, [x], _, [type]) => emit.node("Not", [castTo(emit, x!, type!.dtype, "bool")]),
  evaluate: ([x]) => mapTo(x!, "bool", (v) => Number(Number(v) === 0)),
  flops: ([x]) => countOf(x!.shape),
});

/**
 * Where x is not a number.
 * @example tensor([1, NaN]).isnan() // tensor([False,  True])
 * @see torch.isnan
 */
export const isnan = op({
  call: (x: Value) => ({ operands: [x], params: {} }),
  infer: ([x]) => ({ dtype: "bool", shape: x!.shape }),
  lower: (emit, [x], _, [type]) => emit.node("IsNaN", [castTo(emit, x!, type!.dtype, floatOf(type!.dtype))]),
  evaluate: ([x]) => mapTo(x!, "bool", (v) => Number(Number.isNaN(v))),
  flops: ([x]) => countOf(x!.shape),
});

function comparison(operator: string, f: (a: number | bigint, b: number | bigint) => boolean, not = false) {
  return op({
    call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
    infer: ([a, b]) => ({ dtype: "bool", shape: broadcast(a!.shape, b!.shape) }),
    lower: (emit, [a, b], _, [left, right]) => {
      const both = promoteAll(left!, right!);
      const dtype = both === "bool" && operator !== "Equal" ? "int64" : both;
      const inputs = [castTo(emit, a!, left!.dtype, dtype), castTo(emit, b!, right!.dtype, dtype)];
      const result = emit.node(operator, inputs);
      return not ? emit.node("Not", [result]) : result;
    },
    evaluate: ([a, b]) => {
      const dtype = promoteAll(a!, b!);
      return zipTo(cast(a!, dtype), cast(b!, dtype), "bool", (p, q) => Number(f(p, q)));
    },
    flops: ([a, b]) => countOf(broadcast(a!.shape, b!.shape)),
  });
}

function logic(operator: string, f: (a: number, b: number) => number) {
  return op({
    call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
    infer: ([a, b]) => ({ dtype: "bool", shape: broadcast(a!.shape, b!.shape) }),
    lower: (emit, [a, b], _, [left, right]) =>
      emit.node(operator, [castTo(emit, a!, left!.dtype, "bool"), castTo(emit, b!, right!.dtype, "bool")]),
    evaluate: ([a, b]) => zipTo<number>(cast(a!, "bool"), cast(b!, "bool"), "bool", f),
    flops: ([a, b]) => countOf(broadcast(a!.shape, b!.shape)),
  });
}
