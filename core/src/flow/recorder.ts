/** Who records a condition: the innermost open context that can. */
import { RuntimeError } from "../base/errors.ts";
import { currentContext } from "../trace/contexts.ts";
import { Recording } from "../trace/recording.ts";
import { tracerOf } from "../trace/tracer.ts";
import type { Operand } from "./truth.ts";

export interface Recorder {
  /** Writes both branches down; gives the values of the one that is taken. */
  cond<T>(condition: Operand, yes: () => T, no: () => T): T;
}

/** @throws RuntimeError where conditions cannot be recorded */
export function recorder(): Recorder {
  const context = currentContext();
  const found = context instanceof Recording ? tracerOf(context) : context;
  if (found && "cond" in found) return found as Recorder;
  const place = context
    ? `directly in a ${context.kind}`
    : "outside of the trace that its condition belongs to";
  throw new RuntimeError(
    `a condition on a lazy tensor cannot be recorded ${place}. ` +
      "Write it inside a trace, or choose by number: `ops.where(x.gt(0), a, b)`.",
  );
}
