/** `&&` and `||` with a tensor or a lazy value on the left. */
import { TypeError } from "../base/errors.ts";
import { guarded } from "../trace/contexts.ts";
import { step } from "../trace/steps.ts";
import { Tensor } from "../trace/tensor.ts";
import { applied, Value } from "../trace/value.ts";
import { requireSwitchedOn } from "./switch.ts";
import { isPending, isTrue, type Operand, truthOfOperand } from "./truth.ts";

const both = step("and", (a, b) => (isTrue(a) ? b : a), { reads: true });
const either = step("or", (a, b) => (isTrue(a) ? a : b), { reads: true });

/** A value that is there chooses a side; of a lazy one both sides are computed, and a tensor gives a lazy boolean. */
export const and = (left: Operand, right: () => unknown): unknown =>
  guarded(() => {
    requireSwitchedOn(left, "&&");
    if (!isPending(left)) return truthOfOperand(left) ? right() : left;
    const other = right();
    if (left instanceof Tensor && !(other instanceof Value)) return left.logicalAnd(operandOf(other, "&&"));
    return applied("and", both, [left, other]);
  });

export const or = (left: Operand, right: () => unknown): unknown =>
  guarded(() => {
    requireSwitchedOn(left, "||");
    if (!isPending(left)) return truthOfOperand(left) ? left : right();
    const other = right();
    if (left instanceof Tensor && !(other instanceof Value)) return left.logicalOr(operandOf(other, "||"));
    return applied("or", either, [left, other]);
  });

function operandOf(value: unknown, operator: string): Tensor | number | boolean {
  if (value instanceof Tensor || typeof value === "number" || typeof value === "boolean") return value;
  throw new TypeError(
    `\`${operator}\` with a lazy tensor on its left takes a tensor, a number or a boolean on its right, as the result is ` +
      `a lazy boolean; it was given ${value === null ? "null" : typeof value}.`,
  );
}
