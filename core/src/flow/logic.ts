/** `&&` and `||` with a tensor on the left. */
import { TypeError } from "../base/errors.ts";
import { isLazy } from "../trace/state.ts";
import { guarded, type Tensor } from "../trace/tensor.ts";
import { isOperand, truthOf } from "./truth.ts";

/** A concrete tensor chooses a side; a lazy one gives a lazy boolean, and both sides are computed. */
export const and = (left: Tensor, right: () => unknown): unknown =>
  guarded(() => {
    const { state } = left;
    if (isLazy(state)) return left.logicalAnd(operandOf(right(), "&&"));
    return truthOf(state) ? right() : left;
  });

export const or = (left: Tensor, right: () => unknown): unknown =>
  guarded(() => {
    const { state } = left;
    if (isLazy(state)) return left.logicalOr(operandOf(right(), "||"));
    return truthOf(state) ? left : right();
  });

function operandOf(value: unknown, operator: string): Tensor | number | boolean {
  if (isOperand(value) || typeof value === "number" || typeof value === "boolean") return value;
  throw new TypeError(
    `\`${operator}\` with a lazy tensor on its left takes a tensor, a number or a boolean on its right, as the result is ` +
      `a lazy boolean; it was given ${value === null ? "null" : typeof value}.`,
  );
}
