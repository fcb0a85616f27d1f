/** Turns of ONNX that many lowerings share. */
import type { DType, Type } from "../tensor/type.ts";
import type { Emit } from "./spec.ts";

/** ONNX's numbers of the dtypes. */
export const onnxType: Readonly<Record<DType, number>> = { float32: 1, int64: 7, bool: 9 };

/** `x` as another dtype; nothing is written where it has it. */
export const castTo = (emit: Emit, x: string, from: DType, to: DType): string =>
  from === to ? x : emit.node("Cast", [x], { to: onnxType[to] });

/** A constant number of a dtype. */
export function number(emit: Emit, value: number, dtype: DType = "float32"): string {
  const data =
    dtype === "int64"
      ? BigInt64Array.of(BigInt(value))
      : dtype === "bool"
        ? Uint8Array.of(value)
        : Float32Array.of(value);
  return emit.constant({ dtype, shape: [], data });
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

/** The number of elements along some dimensions, as a float32 scalar. */
export const countAlong = (emit: Emit, x: string, axes: readonly number[]): string =>
  emit.node("Cast", [emit.node("ReduceProd", [sizesAt(emit, x, axes)], { keepdims: 0 })], {
    to: onnxType.float32,
  });

/** Every dimension as it is. */
export const same = ({ shape }: Type): Part[] => shape.map((_, axis) => ({ axis }));

/** Numbers that can be put in order: booleans as integers, nan as the end of the line that it belongs to, as in torch. */
export function sortable(emit: Emit, x: string, dtype: DType, nan: number): string {
  if (dtype !== "float32") return castTo(emit, x, dtype, "int64");
  return emit.node("Where", [emit.node("IsNaN", [x]), number(emit, nan), x]);
}
