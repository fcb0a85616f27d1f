/** What stands behind a tensor: numbers, or a value that a program will make. */
import type { Where } from "../base/where.ts";
import type { Result } from "../ir/node.ts";
import type { Host } from "../tensor/host.ts";
import type { Scope } from "./scope.ts";
import type { Subject } from "./subject.ts";

export interface Lazy {
  readonly result: Result;
  readonly scope: Scope;
}

export type State = Lazy | Host;

/** A variable of a program: what a user holds, or what a module goes on with. */
export interface Cell {
  /** What it holds, wherever that was made. */
  readonly lazy: Lazy;
  /** Gives it something else to hold. */
  hold(lazy: Lazy): void;
}

export const isLazy = (state: State): state is Lazy => "scope" in state;

/** An integer, a slice such as `"1:5"`, `"..."`, `null` for a new axis, or a list or tensor of integers or booleans. */
export type { Index } from "../ops/indices.ts";

/** A model, by what it is made of: a value does not keep its weights alive. */
export interface WeakModel {
  readonly module: WeakRef<Subject["module"]>;
  readonly edits: WeakRef<Subject["edits"]>;
}

export const weakly = ({ module, edits }: Subject): WeakModel => ({
  module: new WeakRef(module),
  edits: new WeakRef(edits),
});

/** Where a value comes from: the expression that reads it, the module, and the user's line. */
export interface Origin {
  readonly expression: string;
  readonly module: string;
  readonly model: WeakModel;
  readonly where: Where;
}
