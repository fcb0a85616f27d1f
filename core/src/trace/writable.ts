/** The recording that takes what is written now. */
import { RuntimeError } from "../base/errors.ts";
import { currentScope } from "./contexts.ts";
import { Recording } from "./recording.ts";
import { commonScope, type Scope } from "./scope.ts";

/** The open one, else that of the operands. @throws RuntimeError outside every trace and session */
export function writable(scopes: readonly Scope[] = []): Recording {
  const open = currentScope();
  const scope = commonScope(open, scopes) ?? open;
  if (scope instanceof Recording && scope.writing) return scope;
  throw new RuntimeError(
    "Global ops cannot be used outside of a tracing context: open a trace or a session first (`await model.trace(input, () => …)`).",
  );
}
