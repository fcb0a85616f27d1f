/** Variables that are read and rebound while programs are written, in loops and branches, too. */
import { broughtInto } from "./apply.ts";
import { currentScope } from "./contexts.ts";
import { isWithin, reaches, type Scope } from "./scope.ts";
import type { Cell, Lazy, State } from "./state.ts";

/** What a variable holds where something is being written now. Loops that were opened after it was made take it in. */
export function entered(cell: Cell): Lazy {
  let { lazy } = cell;
  const open = currentScope();
  if (!open || open === lazy.scope || !open.outer || !reaches(open, lazy.scope)) return lazy;
  for (const scope of inward(open)) if (!isWithin(lazy.scope, scope)) lazy = scope.enter(cell, lazy);
  return lazy;
}

/** Gives a variable a new value, where something is being written now. */
export function rebind(cell: Cell, next: State): void {
  const before = entered(cell);
  const open = currentScope();
  const scope = open && reaches(open, before.scope) ? open : before.scope;
  const result = broughtInto(scope, next);
  noteRebind(cell, before, scope);
  cell.hold({ scope, result });
}

/** Tells the branches that are open around that a variable changes. */
export function noteRebind(cell: Cell, before: Lazy, scope: Scope): void {
  for (let one: Scope | undefined = scope; one; one = one.outer) {
    if (reaches(one, before.scope)) one.rebinds(cell, before);
    if (one === before.scope) return;
  }
}

/** A scope and those around it, outermost first. */
function inward(scope: Scope): Scope[] {
  const scopes: Scope[] = [];
  for (let one: Scope | undefined = scope; one; one = one.outer) scopes.unshift(one);
  return scopes;
}
