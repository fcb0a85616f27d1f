/** Signs, fractions, what is no number, and the bits of integers. */
import { TypeError } from "../base/errors.ts";
import { type DType, isFloat, promoteAll } from "../tensor/dtype.ts";
import { cast } from "../tensor/host.ts";
import { broadcast, type Type } from "../tensor/type.ts";
import { truncated } from "./binary.ts";
import { mapFloat, mapTo, zipTo } from "./kernels.ts";
import { castTo, number } from "./lowering.ts";
import { countOf, demand } from "./shapes.ts";
import { type Emit, op, type Value } from "./spec.ts";

/**
 * -1, 0 or 1.
 * @example tensor([-3, 0, 5]).sign() // tensor([-1.,  0.,  1.])
 * @see torch.sign
 */
export const sign = op({
  call: (x: Value) => ({ operands: [x], params: {} }),
  infer: ([x]) => x!,
  lower: (emit, [x], _, [type]) => {
    if (type!.dtype === "bool") return emit.node("Identity", [x!]);
    const made = emit.node("Sign", [x!]);
    return isFloat(type!.dtype)
      ? emit.node("Where", [emit.node("IsNaN", [x!]), number(emit, 0, type!.dtype), made])
      : made;
  },
  evaluate: ([x]) =>
    mapTo(x!, x!.dtype, (v) => (typeof v === "bigint" ? BigInt(Math.sign(Number(v))) : Math.sign(v) || 0)),
  flops: ([x]) => countOf(x!.shape),
});

/**
 * x without its fraction. Integers stay as they are.
 * @example tensor([1.7, -1.7]).trunc() // tensor([ 1., -1.])
 * @see torch.trunc
 */
export const trunc = op({
  call: (x: Value) => ({ operands: [x], params: {} }),
  infer: ([x]) => {
    demand(x!, "trunc", "float", "int");
    return x!;
  },
  lower: (emit, [x], _, [type]) => (isFloat(type!.dtype) ? truncated(emit, x!) : emit.node("Identity", [x!])),
  evaluate: ([x]) => (isFloat(x!.dtype) ? mapFloat(x!, Math.trunc) : x!),
  flops: ([x]) => countOf(x!.shape),
});

/**
 * The fraction of x, with its sign.
 * @example tensor([1.75, -1.75]).frac() // tensor([ 0.7500, -0.7500])
 * @see torch.frac
 */
export const frac = op({
  call: (x: Value) => ({ operands: [x], params: {} }),
  infer: ([x]) => {
    demand(x!, "frac", "float");
    return x!;
  },
  lower: (emit, [x]) => emit.node("Sub", [x!, truncated(emit, x!)]),
  evaluate: ([x]) => mapFloat(x!, (v) => v - Math.trunc(v)),
  flops: ([x]) => 2 * countOf(x!.shape),
});

/**
 * Where x is infinite.
 * @example tensor([1, Infinity]).isinf() // tensor([False,  True])
 * @see torch.isinf
 */
export const isinf = check(
  (emit, x) => emit.node("IsInf", [x]),
  (v) => Math.abs(v) === Infinity,
  false,
);

/**
 * Where x is a number and finite.
 * @example tensor([1, Infinity, NaN]).isfinite() // tensor([ True, False, False])
 * @see torch.isfinite
 */
export const isfinite = check(
  (emit, x) => emit.node("Not", [emit.node("Or", [emit.node("IsInf", [x]), emit.node("IsNaN", [x])])]),
  Number.isFinite,
  true,
);

/**
 * The bits that both have; of booleans: both.
 * @example tensor([6n]).bitwiseAnd(3) // tensor([2])
 * @see torch.bitwise_and
 */
export const bitwiseAnd = bits("And", (a, b) => a & b);

/**
 * The bits that one or both have; of booleans: one or both.
 * @example tensor([6n]).bitwiseOr(3) // tensor([7])
 * @see torch.bitwise_or
 */
export const bitwiseOr = bits("Or", (a, b) => a | b);

/**
 * The bits that exactly one has; of booleans: exactly one.
 * @example tensor([6n]).bitwiseXor(3) // tensor([5])
 * @see torch.bitwise_xor
 */
export const bitwiseXor = bits("Xor", (a, b) => a ^ b);

/**
 * All bits turned; of booleans: not.
 * @example tensor([true, false]).bitwiseNot() // tensor([False,  True])
 * @see torch.bitwise_not
 */
export const bitwiseNot = op({
  call: (x: Value) => ({ operands: [x], params: {} }),
  infer: ([x]) => {
    demand(x!, "bitwiseNot", "int", "bool");
    return x!;
  },
  lower: (emit, [x], _, [type]) => emit.node(type!.dtype === "bool" ? "Not" : "BitwiseNot", [x!]),
  evaluate: ([x]) => mapTo(x!, x!.dtype, (v) => (typeof v === "bigint" ? ~v : 1 - v)),
  flops: ([x]) => countOf(x!.shape),
});

/** A question to each float; integers and booleans all have the same answer. */
function check(lower: (emit: Emit, x: string) => string, f: (v: number) => boolean, others: boolean) {
  return op({
    call: (x: Value) => ({ operands: [x], params: {} }),
    infer: ([x]) => ({ dtype: "bool", shape: x!.shape }),
    lower: (emit, [x], _, [type]) => {
      if (isFloat(type!.dtype)) return lower(emit, x!);
      return emit.node(others ? "Equal" : "Less", [
        castTo(emit, x!, type!.dtype, "int64"),
        castTo(emit, x!, type!.dtype, "int64"),
      ]);
    },
    evaluate: ([x]) => mapTo(x!, "bool", (v) => Number(isFloat(x!.dtype) ? f(Number(v)) : others)),
    flops: ([x]) => countOf(x!.shape),
  });
}

function bits(operator: string, f: (a: bigint, b: bigint) => bigint) {
  const dtypeOf = (a: Type, b: Type): DType => {
    const dtype = promoteAll(a, b);
    if (!isFloat(dtype)) return dtype;
    throw new TypeError(
      `bitwise${operator} takes integers or bool, not ${dtype}: convert with .long() first`,
    );
  };
  return op({
    call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
    infer: ([a, b]) => ({ dtype: dtypeOf(a!, b!), shape: broadcast(a!.shape, b!.shape) }),
    lower: (emit, [a, b], _, [left, right]) => {
      const dtype = dtypeOf(left!, right!);
      const inputs = [castTo(emit, a!, left!.dtype, dtype), castTo(emit, b!, right!.dtype, dtype)];
      return emit.node(dtype === "bool" ? operator : `Bitwise${operator}`, inputs);
    },
    evaluate: ([a, b]) => {
      const dtype = dtypeOf(a!, b!);
      const bool = dtype === "bool";
      return zipTo(cast(a!, dtype), cast(b!, dtype), dtype, (p, q) => {
        const made = f(BigInt(p), BigInt(q));
        return bool ? Number(made) : made;
      });
    },
    flops: ([a, b]) => countOf(broadcast(a!.shape, b!.shape)),
  });
}
