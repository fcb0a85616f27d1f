/** Arithmetic of two tensors, broadcast and promoted (bool under integers under floats). */
import { ValueError } from "../base/errors.ts";
import { binary, floorMod, truncated } from "./binary.ts";
import { number } from "./lowering.ts";
import { op, type Value } from "./spec.ts";

/**
 * x + other. Two booleans: logical or.
 * @example tensor([[1], [2]]).add(tensor([10, 20])) // tensor([[11., 21.], [12., 22.]])
 * @see torch.add
 */
export const add = binary("add", {
  lower: (emit, a, b, dtype) => emit.node(dtype === "bool" ? "Or" : "Add", [a, b]),
  float: (a, b) => a + b,
  int: (a, b) => a + b,
  bool: (a, b) => a | b,
});

/**
 * x - other.
 * @example tensor([5, 7]).sub(2) // tensor([3., 5.])
 * @see torch.sub
 */
export const sub = binary("sub", {
  lower: (emit, a, b) => emit.node("Sub", [a, b]),
  float: (a, b) => a - b,
  int: (a, b) => a - b,
});

/**
 * x · other. Two booleans: logical and.
 * @example tensor([1, 2]).mul(3) // tensor([3., 6.])
 * @see torch.mul
 */
export const mul = binary("mul", {
  lower: (emit, a, b, dtype) => emit.node(dtype === "bool" ? "And" : "Mul", [a, b]),
  float: (a, b) => a * b,
  int: (a, b) => a * b,
  bool: (a, b) => a & b,
});

/**
 * x to the power of other. A negative power of integers is the whole part of the fraction.
 * @example tensor([2, 3]).pow(2) // tensor([4., 9.])
 * @see torch.pow
 */
export const pow = binary("pow", {
  lower: (emit, a, b) => emit.node("Pow", [a, b]),
  float: (a, b) => (Math.abs(a) === 1 && !Number.isFinite(b) && !Number.isNaN(b) ? 1 : a === 1 ? 1 : a ** b),
  int: (a, b) => (b >= 0n ? a ** b : a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n),
});

/**
 * What is left when x is divided by other, with the sign of other, as Python's `%`.
 * @example tensor([-1, 5]).mod(3) // tensor([2., 2.])
 * @see torch.remainder
 */
export const mod = binary("mod", {
  lower: floorMod,
  float: modOf,
  int: (a, b) => modInt(a, b),
});

/**
 * x / other, rounded down, as Python's `//`.
 * @example tensor([-1, 5]).floorDivide(3) // tensor([-1.,  1.])
 * @see torch.floor_divide
 */
export const floorDivide = binary("floorDivide", {
  lower: (emit, a, b, dtype) => {
    const whole = emit.node("Div", [emit.node("Sub", [a, floorMod(emit, a, b, dtype)]), b]);
    if (dtype === "int64") return whole;
    const zero = emit.node("Equal", [b, number(emit, 0, dtype)]);
    return emit.node("Where", [zero, emit.node("Div", [a, b]), emit.node("Round", [whole])]);
  },
  float: floorDivideOf,
  int: (a, b) => (a - modInt(a, b)) / b,
});

const divide = binary("div", {
  fraction: true,
  lower: (emit, a, b) => emit.node("Div", [a, b]),
  float: (a, b) => a / b,
});

const divideTruncated = binary("div", {
  lower: (emit, a, b, dtype) => {
    const quotient = emit.node("Div", [a, b]);
    return dtype === "int64" ? quotient : truncated(emit, quotient);
  },
  float: (a, b) => Math.trunc(Math.fround(a / b)),
  int: (a, b) => divideInt(a, b),
});

/**
 * x / other: a float, also for two integers.
 * @param options.roundingMode "floor" as Python's `//`, "trunc" towards zero; integers then stay integers
 * @example tensor([3, 5]).div(2) // tensor([1.5000, 2.5000])
 * @see torch.div
 */
export const div = op({
  call: (x: Value, other: Value, options: { roundingMode?: "floor" | "trunc" | null } = {}) => ({
    operands: [x, other],
    params: { roundingMode: options.roundingMode ?? null },
  }),
  infer: (inputs, { roundingMode }) => rounded(roundingMode).infer(inputs, {}),
  lower: (emit, inputs, { roundingMode }, types) => rounded(roundingMode).lower(emit, inputs, {}, types),
  evaluate: (inputs, { roundingMode }) => rounded(roundingMode).evaluate(inputs, {}),
  flops: (inputs, { roundingMode }) => rounded(roundingMode).flops(inputs, {}),
});

const rounded = (mode: string | null) =>
  mode === null ? divide : mode === "floor" ? floorDivide : divideTruncated;

function modOf(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function floorDivideOf(a: number, b: number): number {
  if (b === 0) return a / b;
  return Math.round((a - modOf(a, b)) / b);
}

function modInt(a: bigint, b: bigint): bigint {
  const rest = a - divideInt(a, b) * b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

function divideInt(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new ValueError("division of an integer by zero: convert with .float() for inf and nan");
  return a / b;
}
