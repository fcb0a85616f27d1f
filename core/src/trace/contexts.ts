/** The stack of open contexts: the only mutable global of the library, pushed and popped here. */
import { RuntimeError } from "../base/errors.ts";
import { lineOf } from "../base/where.ts";
import type { Scope } from "./scope.ts";

const open: Scope[] = [];

export const pushScope = (scope: Scope): void => void open.push(scope);

/** Takes a scope off, with everything that was left open inside it. */
export function popScope(scope: Scope): void {
  const at = open.lastIndexOf(scope);
  if (at >= 0) open.length = at;
}

export const currentScope = (): Scope | undefined => open.at(-1);

/** @throws RuntimeError when a context is open already, with its line and what to do */
export function refuseNested(kind: string): void {
  const outer = open.at(-1);
  if (!outer) return;
  const error = new RuntimeError(
    `a ${kind} cannot be opened while the ${outer.kind} opened at ${lineOf(outer.where)} is still open. ${howToClose}`,
  );
  outer.poison(error);
  throw error;
}

const howToClose =
  "Close it first: write it as a block (`{ await using tracer = model.trace(input); … }`) " +
  "or as a callback (`await model.trace(input, () => …)`).";

/** For kernels and test runners: the contexts that are open. */
export const openContexts = (): readonly { readonly kind: string; readonly line: string }[] =>
  open.map(({ kind, where }) => ({ kind, line: lineOf(where) }));

/** For kernels and test runners: drops the contexts that were left open; their values say so when they are used. */
export function resetContexts(): void {
  for (const scope of open.splice(0))
    scope.poison(
      new RuntimeError(
        `the ${scope.kind} opened at ${lineOf(scope.where)} was never closed, so nothing was run. ${howToClose}`,
      ),
    );
}

// A script that ends with an open context would otherwise end without a word.
globalThis.process?.on?.("exit", () => {
  for (const { kind, line } of openContexts())
    console.warn(
      `Warning: the ${kind} opened at ${line} was never closed, so nothing was run. ${howToClose}`,
    );
});

Object.defineProperty(globalThis, Symbol.for("nnsight.contexts"), {
  value: { openContexts, resetContexts },
  configurable: true,
});
