/** The stack of open contexts: the only mutable global of the library, pushed and popped here. */
import { RuntimeError } from "../base/errors.ts";
import { deepStack, here, lineOf, takeSite, type Where } from "../base/where.ts";
import type { Scope } from "./scope.ts";

const open: Scope[] = [];

export const pushContext = (context: Scope): void => void open.push(context);

/** Takes a context off, with everything that was left open inside it. */
export function popContext(context: Scope): void {
  const at = open.lastIndexOf(context);
  if (at >= 0) open.length = at;
}

/** The same where everything inside must be closed by now: what is not is an error of the whole. */
export function closeContext(context: Scope): void {
  const left = open.slice(open.lastIndexOf(context)).find((one) => one !== context);
  popContext(context);
  left?.poison(neverClosed(left));
}

/** The innermost open context: what is written goes there. */
export const currentScope = (): Scope | undefined => open.at(-1);

/** Runs what records; its first error poisons the program that is written. */
export function guarded<T>(record: () => T, context: Scope | undefined = currentScope()): T {
  try {
    return record();
  } catch (error) {
    context?.poison(error);
    throw error;
  } finally {
    takeSite();
  }
}

/** A promise whose error whatever is open says itself, even where nobody awaits it. */
export function heard<T>(promise: Promise<T>): Promise<T> {
  if (currentScope()) promise.catch(() => undefined);
  return promise;
}

/** The user's line of what is being written now, and where that goes. */
let line: { readonly where: Where; readonly scope: Scope } | undefined;

/**
 * Runs what a user calls to write something. Compiled code has told its line; else the user is near here, so that the
 * line is found by a short walk.
 */
export function written<T>(write: () => T): T {
  const scope = currentScope();
  const told = takeSite();
  if (!scope || (!told && line?.scope === scope)) return guarded(write, scope);
  const before = line;
  line = { where: told ?? deepStack({}, 5, written), scope };
  try {
    return guarded(write, scope);
  } finally {
    line = before;
  }
}

/** The user's line, of what is being written now. */
export const writtenHere = (): Where => (line && line.scope === currentScope() ? line.where : here());

/** @throws RuntimeError when a context is open already that takes none of this kind, with its line and what to do */
export function refuseNested(kind: string): void {
  if (
    ["trace", "generate"].includes(kind) &&
    open.every((one) => one.kind === "session" || one.kind === "loop")
  )
    return;
  const outer = open.at(-1);
  if (!outer) return;
  const error = new RuntimeError(
    `${kind === "edit" ? "an" : "a"} ${kind} cannot be opened while the ${outer.kind} opened at ${lineOf(outer.where)} is still open. ${howToClose}`,
  );
  outer.poison(error);
  throw error;
}

const howToClose =
  "Close it first: write it as a block (`{ await using tracer = model.trace(input); … }`) " +
  "or as a callback (`await model.trace(input, () => …)`).";

const howToCloseLoop =
  "Write it as a block (`{ using it = session.iter(items); … }`) or as a callback (`session.iter(items, (item) => …)`).";

/** For kernels and test runners: the contexts that are open. */
export const openContexts = (): readonly { readonly kind: string; readonly line: string }[] =>
  open.map(({ kind, where }) => ({ kind, line: lineOf(where) }));

/** For kernels and test runners: drops the contexts that were left open; their values say so when they are used. */
export function resetContexts(): void {
  for (const context of open.splice(0)) context.poison(neverClosed(context));
}

const neverClosed = ({ kind, where }: Scope): RuntimeError =>
  new RuntimeError(
    `the ${kind} opened at ${lineOf(where)} was never closed, so nothing was run. ${kind === "loop" ? howToCloseLoop : howToClose}`,
  );

/** For compiled code: a throw in the body of a context's block reaches the innermost one that is open. */
const poison = (error: unknown): void => open.at(-1)?.poison(error);

// A script that ends with an open context would otherwise end without a word.
globalThis.process?.on?.("exit", () => {
  for (const { kind, line } of openContexts())
    console.warn(
      `Warning: the ${kind} opened at ${line} was never closed, so nothing was run. ${howToClose}`,
    );
});

Object.defineProperty(globalThis, Symbol.for("nnsight.contexts"), {
  value: { openContexts, resetContexts, poison },
  configurable: true,
});
