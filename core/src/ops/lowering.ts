/** Turns of ONNX that many lowerings share. */

import { type DType, facts, isFloat } from "../tensor/dtype.ts";
import { allocate, scalar } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import type { Emit } from "./spec.ts";

/** ONNX's numbers of dtypes that are no DType here. */
const FLOAT16 = 10;
const BFLOAT16 = 16;

/**
 * ONNX's numbers of the dtypes as values of a graph have them. float16 is there as its bits in uint16, and bfloat16 as the
 * bits in uint32 of the float32 with the same value: ONNX Runtime's Node binding passes neither, and few kernels take them.
 */
export const onnxType: Readonly<Record<DType, number>> = {
  float32: 1,
  float64: 11,
  float16: 4,
  bfloat16: 12,
  int64: 7,
  int32: 6,
  int16: 5,
  int8: 3,
  uint8: 2,
  bool: 9,
};

/** `x` as another dtype; nothing is written where it has it. Floats become narrow integers by way of int64, as in torch. */
export function castTo(emit: Emit, x: string, from: DType, to: DType): string {
  if (from === to) return x;
  const cast = (name: string, type: number): string => emit.node("Cast", [name], { to: type });
  const bits = (name: string, type: number): string => emit.node("BitCast", [name], { to: type });
  if (from === "float16") return castTo(emit, cast(bits(x, FLOAT16), onnxType.float32), "float32", to);
  if (from === "bfloat16") return castTo(emit, bits(x, onnxType.float32), "float32", to);
  if (to === "float16") return bits(cast(castTo(emit, x, from, "float32"), FLOAT16), onnxType.float16);
  if (to === "bfloat16") {
    const rounded = cast(cast(castTo(emit, x, from, "float32"), BFLOAT16), onnxType.float32);
    return bits(rounded, onnxType.bfloat16);
  }
  if (isFloat(from) && facts[to].kind === "int" && to !== "int64")
    return cast(cast(x, onnxType.int64), onnxType[to]);
  return cast(x, onnxType[to]);
}

/** A constant number of a dtype. */
export function number(emit: Emit, value: number, dtype: DType = "float32"): string {
  if (dtype !== "int64") return emit.constant(scalar(value, dtype));
  return emit.constant({ dtype, shape: [], data: BigInt64Array.of(BigInt(value)) });
}

/** A constant of one number in every place. */
export function filled(emit: Emit, shape: readonly number[], value: number, dtype: DType): string {
  const n = shape.reduce((product, size) => product * size, 1);
  const { data } = scalar(value, dtype);
  const all = allocate(dtype, n);
  for (let i = 0; i < n; i++) all[i] = data[0]!;
  return emit.constant({ dtype, shape, data: all });
}

/** Some sizes of `x`, as a 1-D int64 tensor. */
export const sizesAt = (emit: Emit, x: string, axes: readonly number[]): string =>
  emit.node("Gather", [emit.node("Shape", [x]), emit.ints(axes)], { axis: 0 });

/** A part of a new shape: a dimension of the tensor as it is, or a number (-1: what is left). */
export type Part = number | { readonly axis: number };

/** `x` in a shape that is put together from its own dimensions and numbers; sizes that are copied are not written. */
export function reshapeTo(emit: Emit, x: string, parts: readonly Part[]): string {
  const numbers = parts.every((part) => typeof part === "number");
  const zeros = parts.includes(0) ? { allowzero: 1 } : {};
  if (
    numbers ||
    (!parts.includes(0) && parts.every((part, i) => typeof part === "number" || part.axis === i))
  ) {
    const sizes = parts.map((part) => (typeof part === "number" ? part : 0));
    return emit.node("Reshape", [x, emit.ints(sizes)], zeros);
  }
  const pieces = parts.map((part) =>
    typeof part === "number" ? emit.ints([part]) : sizesAt(emit, x, [part.axis]),
  );
  return emit.node("Reshape", [x, emit.node("Concat", pieces, { axis: 0 })], zeros);
}

/** The number of elements along some dimensions, as a scalar. */
export const countAlong = (
  emit: Emit,
  x: string,
  axes: readonly number[],
  dtype: DType = "float32",
): string =>
  emit.node("Cast", [emit.node("ReduceProd", [sizesAt(emit, x, axes)], { keepdims: 0 })], {
    to: onnxType[dtype],
  });

/** Every dimension as it is. */
export const same = ({ shape }: Type): Part[] => shape.map((_, axis) => ({ axis }));

/** Numbers that can be put in order: booleans as integers, nan as the end of the line that it belongs to, as in torch. */
export function sortable(emit: Emit, x: string, dtype: DType, nan: number): string {
  if (!isFloat(dtype)) return castTo(emit, x, dtype, "int64");
  return emit.node("Where", [emit.node("IsNaN", [x]), number(emit, nan, dtype), x]);
}
