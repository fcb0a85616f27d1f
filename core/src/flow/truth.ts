/** Whether a value is true, as Python sees it. */
import { RuntimeError, TypeError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";
import { type Host, sizeOf } from "../tensor/host.ts";
import { guarded } from "../trace/contexts.ts";
import { isLazy } from "../trace/state.ts";
import { Tensor } from "../trace/tensor.ts";
import { isHeld, type Value } from "../trace/value.ts";

/** Values with operators. */
export type Operand = Tensor | Value;

export const isOperand = isHeld;

/** Whether the run is still to make the value. */
export const isPending = (value: Operand): boolean => {
  const { state } = value;
  return isLazy(state) && state.scope.state === "open";
};

/** Python's truth of a plain value or a concrete tensor: what is empty is false. */
export function isTrue(value: unknown): boolean {
  if (value instanceof Tensor) return truthOf(value.state as Host);
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Set || value instanceof Map) return value.size > 0;
  return isPlainObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}

/** @throws RuntimeError for a tensor of several elements, ValueError for a value that was not saved */
export const truthOfOperand = (value: Operand): boolean =>
  isTrue(value instanceof Tensor ? value : value.value);

/**
 * Python's truth of a value that is there.
 * @param where what asks: `if` with `return` in it
 * @throws TypeError when it is lazy; RuntimeError when it has not exactly one element
 */
export function truth(value: unknown, where: string): boolean {
  if (!isOperand(value)) return Boolean(value);
  return guarded(() => {
    if (isPending(value)) throw notRecordable(where);
    return truthOfOperand(value);
  });
}

/** @throws RuntimeError in torch's words */
function truthOf(host: Host): boolean {
  const size = sizeOf(host.shape);
  if (size === 1) return Number(host.data[0]) !== 0;
  throw new RuntimeError(
    `Boolean value of Tensor with ${size ? "more than one value" : "no values"} is ambiguous`,
  );
}

const notRecordable = (where: string): TypeError =>
  new TypeError(
    `a lazy value is not there before its trace has run, so ${where} cannot go by it. ` +
      "What can be recorded is `if (x > 0) { … } else { … }` without return, break, continue or await inside; " +
      "or choose by number: `ops.where(x.gt(0), a, b)`; or save the value and look at it after the trace.",
  );
