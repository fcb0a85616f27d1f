/** Who records a condition: the innermost open context that can. */
import { RuntimeError } from "../base/errors.ts";
import { currentScope } from "../trace/contexts.ts";
import { LoopingSequence, type Sequence, sequenceOf } from "../trace/sequence.ts";

/** @throws RuntimeError where it cannot be recorded */
export function recorder(what: "loop"): LoopingSequence;
export function recorder(what: "condition" | "loop"): Sequence;
export function recorder(what: "condition" | "loop"): Sequence {
  const scope = currentScope();
  const found = scope && sequenceOf(scope);
  if (found && (what === "condition" || found instanceof LoopingSequence)) return found;
  const place = scope ? `directly in a ${scope.kind}` : "outside of the trace that its value belongs to";
  throw new RuntimeError(
    `a ${what} on a lazy value cannot be recorded ${place}. ` +
      (what === "condition"
        ? "Write it inside a trace, or choose by number: `ops.where(x.gt(0), a, b)`."
        : "Write it inside a trace or a session."),
  );
}
