/** Operators between lazy values, tensors and numbers, on either side. */
import type { OpName } from "../ops/table.ts";
import { written } from "../trace/contexts.ts";
import { dynamicCall } from "../trace/dynamic.ts";
import { step } from "../trace/steps.ts";
import { call } from "../trace/tensor.ts";
import { applied, Value } from "../trace/value.ts";
import { isTrue } from "./truth.ts";

const not = step("not", (x) => !isTrue(x), { reads: true });

/** `2 * t` and `t * x`; beside a text a tensor is printed, as everything in JavaScript is. */
export function binary(method: OpName, left: unknown, right: unknown): unknown {
  if (left instanceof Value || right instanceof Value)
    return written(() => dynamicCall(method, [left, right]));
  if (method === "add" && (typeof left === "string" || typeof right === "string"))
    return (left as string) + (right as string);
  return written(() => call(method, [left, right]));
}

export function unary(method: OpName, operand: unknown): unknown {
  if (!(operand instanceof Value)) return written(() => call(method, [operand]));
  if (method === "neg") return written(() => dynamicCall(method, [operand]));
  return written(() => applied("not", not, [operand]));
}
