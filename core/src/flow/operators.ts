/** Operators between tensors and numbers, on either side. */
import type { OpName } from "../ops/table.ts";
import { call, guarded } from "../trace/tensor.ts";

export const binary = (method: OpName, left: unknown, right: unknown): unknown =>
  guarded(() => call(method, [left, right]));

export const unary = (method: OpName, operand: unknown): unknown => guarded(() => call(method, [operand]));
