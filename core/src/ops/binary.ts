/** How an op of two tensors is made from an ONNX operator and a function of two numbers. */
import { TypeError } from "../base/errors.ts";
import { type DType, floatOf, isFloat, promoteAll } from "../tensor/dtype.ts";
import { cast } from "../tensor/host.ts";
import { broadcast, type Type } from "../tensor/type.ts";
import { zipTo } from "./kernels.ts";
import { castTo, number } from "./lowering.ts";
import { countOf } from "./shapes.ts";
import { type Emit, type Op, op, type Value } from "./spec.ts";

export interface Rule {
  /** Integers and booleans give float32, as in a division. */
  readonly fraction?: true;
  /** Both operands have the dtype already. */
  readonly lower: (emit: Emit, a: string, b: string, dtype: DType) => string;
  readonly float: (a: number, b: number) => number;
  /** Without it integers are computed as float32. */
  readonly int?: (a: bigint, b: bigint) => bigint;
  /** Without it two booleans are refused. */
  readonly bool?: (a: number, b: number) => number;
}

export type Binary = Op<[x: Value, other: Value], Record<never, never>, never>;

/** An op of two tensors, computed in the dtype that both promote to. */
export function binary(name: string, rule: Rule): Binary {
  const dtypeOf = (a: Type, b: Type): DType => {
    const both = promoteAll(a, b);
    return rule.fraction ? floatOf(both) : both;
  };
  return op({
    call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
    infer: ([a, b]): Type => {
      const dtype = dtypeOf(a!, b!);
      if (dtype === "bool" && !rule.bool) {
        throw new TypeError(
          `${name} is not defined for two bool tensors: convert one with .long() or .float() first`,
        );
      }
      return { dtype, shape: broadcast(a!.shape, b!.shape) };
    },
    lower: (emit, [a, b], _, [left, right]) => {
      const dtype = dtypeOf(left!, right!);
      return rule.lower(
        emit,
        castTo(emit, a!, left!.dtype, dtype),
        castTo(emit, b!, right!.dtype, dtype),
        dtype,
      );
    },
    evaluate: ([a, b]) => {
      const dtype = dtypeOf(a!, b!);
      const left = cast(a!, dtype);
      const right = cast(b!, dtype);
      if (isFloat(dtype)) return zipTo<number>(left, right, dtype, rule.float);
      return dtype === "int64"
        ? zipTo<bigint>(left, right, dtype, rule.int!)
        : zipTo<number>(left, right, dtype, rule.bool!);
    },
    flops: ([a, b]) => countOf(broadcast(a!.shape, b!.shape)),
  });
}

/** a mod b with the sign of b. */
export function floorMod(emit: Emit, a: string, b: string, dtype: DType): string {
  if (dtype === "int64") return emit.node("Mod", [a, b]);
  const zero = number(emit, 0, dtype);
  const rest = emit.node("Mod", [a, b], { fmod: 1 });
  const differ = emit.node("Xor", [emit.node("Less", [rest, zero]), emit.node("Less", [b, zero])]);
  const moved = emit.node("And", [differ, emit.node("Not", [emit.node("Equal", [rest, zero])])]);
  return emit.node("Where", [moved, emit.node("Add", [rest, b]), rest]);
}

/** x without its fraction. */
export const truncated = (emit: Emit, x: string): string =>
  emit.node("Mul", [emit.node("Sign", [x]), emit.node("Floor", [emit.node("Abs", [x])])]);
