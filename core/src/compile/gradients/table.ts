/** How gradients go back through each ONNX operator. A new operator is an entry of a family. */
import type { OnnxNode } from "../../onnx/graph.ts";
import { layers } from "./rules/layers.ts";
import { movement } from "./rules/movement.ts";
import { pointwise } from "./rules/pointwise.ts";
import { reduction } from "./rules/reduction.ts";
import { windows } from "./rules/windows.ts";
import type { Rule } from "./site.ts";

export const rules: Readonly<Record<string, Rule>> = {
  ...pointwise,
  ...movement,
  ...reduction,
  ...layers,
  ...windows,
};

/** Operators of one operand that give its shape and dtype. */
export const keepsType = ({ operator, inputs }: Pick<OnnxNode, "operator" | "inputs">): boolean =>
  inputs.length === 1 && operator !== "Cast" && operator in pointwise;

/** Operators whose result does not move with their input, or is no float: the gradient ends there. */
export const flat: ReadonlySet<string> = new Set([
  "Shape",
  "Size",
  "Equal",
  "Less",
  "LessOrEqual",
  "Greater",
  "GreaterOrEqual",
  "Not",
  "And",
  "Or",
  "Xor",
  "IsNaN",
  "IsInf",
  "Sign",
  "Floor",
  "Ceil",
  "Round",
  "ArgMax",
  "ArgMin",
  "NonZero",
  "Range",
  "BitwiseNot",
]);

/** The inputs of an operator that can have a gradient; all of them unless it is said here. */
export const smooth: Readonly<Record<string, readonly number[]>> = {
  Reshape: [0],
  Squeeze: [0],
  Unsqueeze: [0],
  Expand: [0],
  Tile: [0],
  Slice: [0],
  Gather: [0],
  GatherElements: [0],
  GatherND: [0],
  Split: [0],
  Trilu: [0],
  Pad: [0],
  TopK: [0],
  CumSum: [0],
  ScatterND: [0, 2],
  ScatterElements: [0, 2],
  ReduceSum: [0],
  ReduceMean: [0],
  ReduceMax: [0],
  ReduceMin: [0],
  ReduceL1: [0],
  ReduceL2: [0],
  ReduceProd: [0],
  ReduceLogSumExp: [0],
  Where: [1, 2],
};
