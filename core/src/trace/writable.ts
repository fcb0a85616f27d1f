/** The recording that takes what is written now. */
import { RuntimeError } from "../base/errors.ts";
import { currentContext, currentScope } from "./contexts.ts";
import { Recording } from "./recording.ts";
import type { Scope } from "./scope.ts";
import { Session } from "./session.ts";

/** @throws RuntimeError outside every trace and session */
export function writable(scopes: readonly Scope[] = []): Recording {
  const context = currentContext();
  if (context instanceof Session) return context.segment();
  const scope = currentScope() ?? scopes[0];
  if (scope instanceof Recording && scope.writing) return scope;
  throw new RuntimeError(
    "Global ops cannot be used outside of a tracing context: open a trace or a session first (`await model.trace(input, () => …)`).",
  );
}
