/** Whether a value is true, as Python sees it. */
import { RuntimeError, TypeError } from "../base/errors.ts";
import { type Host, sizeOf } from "../tensor/host.ts";
import { isLazy } from "../trace/state.ts";
import { guarded, Tensor } from "../trace/tensor.ts";

export const isOperand = (value: unknown): value is Tensor => value instanceof Tensor;

/** The tensor, when it has no numbers yet. */
export const lazyOf = (value: unknown): Tensor | undefined =>
  isOperand(value) && isLazy(value.state) ? value : undefined;

/**
 * Python's truth of a value that has numbers.
 * @param where what asks: `if` with `return` in it
 * @throws TypeError when it is lazy; RuntimeError when it has not exactly one element
 */
export function truth(value: unknown, where: string): boolean {
  if (!isOperand(value)) return Boolean(value);
  return guarded(() => {
    const { state } = value;
    if (isLazy(state)) throw notRecordable(where);
    return truthOf(state);
  });
}

/** @throws RuntimeError in torch's words */
export function truthOf(host: Host): boolean {
  const size = sizeOf(host.shape);
  if (size === 1) return Number(host.data[0]) !== 0;
  throw new RuntimeError(
    `Boolean value of Tensor with ${size ? "more than one value" : "no values"} is ambiguous`,
  );
}

const notRecordable = (where: string): TypeError =>
  new TypeError(
    `a lazy tensor has no numbers before its trace has run, so ${where} cannot go by it. ` +
      "What can be recorded is `if (x > 0) { … } else { … }` without return, break, continue or await inside; " +
      "or choose by number: `ops.where(x.gt(0), a, b)`; or save the value and look at it after the trace.",
  );
