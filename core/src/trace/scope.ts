/** What is being recorded: a module's body or a user's program. */
import type { Where } from "../base/where.ts";
import type { Builder } from "../ir/builder.ts";
import type { Made, Result } from "../ir/node.ts";
import type { Host } from "../tensor/host.ts";
import type { Dim } from "../tensor/type.ts";
import type { Cell, Lazy } from "./state.ts";
import type { Words } from "./words.ts";

export interface Scope {
  /** `trace`, `scan`, `session`, `loop`, `body`: for people. */
  readonly kind: string;
  readonly where: Where;
  readonly builder: Builder;
  /** The program that this one is within: a session's, or that which a loop stands in. */
  readonly outer?: Scope | undefined;
  /** Once it is written: the node in `outer` from which its values can be taken. */
  readonly region?: Result | undefined;
  /** `open` while recorded, `closed` once it has run or failed. */
  readonly state: "open" | "closed";
  /** Whether it still takes part in what is written. A closed trace of a session does not, though it has not run yet. */
  readonly writing: boolean;
  /** The first error stops it, and all around it: nothing runs, and that error is the one that is seen. */
  poison(error: unknown): void;
  /** A concrete tensor in this program: a reference to a parameter, or a constant. */
  bring(host: Host): Result;
  /** Whether operations on this concrete tensor alone are recorded: the body of a module does so for its parameters. */
  owns(host: Host): boolean;
  /** A value of the program around, as it is known here. */
  capture(result: Result): Result;
  /** A value of a program within, once that has run. */
  take(inner: Scope, result: Result): Result;
  /** Makes a value last until it has been taken. */
  lend(result: Result): void;
  /** In a loop a variable from around it becomes one of the loop's; elsewhere it is as it was. */
  enter(cell: Cell, lazy: Lazy): Lazy;
  /** Told before a variable gets another value, so that a branch can be merged with what was before it. */
  rebinds(cell: Cell, before: Lazy): void;
  /** Notes a value that is wanted when the program has run; `false` when it is no longer lazy. */
  save(result: () => Result | false, kept?: () => void): void;
  /** Ends the forward when all of these are there. */
  stop(...results: readonly Result[]): void;
  /** What the run made. @throws the first error of the recording, or ValueError when it was not saved or never reached */
  valueOf(result: Result): Host;
  /** The same for values that may be no tensor. */
  madeOf(result: Result): Made;
  /** What the run made, if it did. */
  peek(result: Result): Made | undefined;
  /** Words for the places along an axis of this shape, when the run has told them. */
  words(shape: readonly Dim[]): Words | undefined;
  /** The error for reading a size that is not known. */
  unknownSize(dim: Dim): Error;
}

/** Whether a scope is another one, or somewhere in it. */
export function isWithin(scope: Scope, other: Scope): boolean {
  for (let one: Scope | undefined = scope; one; one = one.outer) if (one === other) return true;
  return false;
}

/** The scope that can use the values of all of these: the open one, else one of theirs. */
export function commonScope(open: Scope | undefined, scopes: readonly Scope[]): Scope | undefined {
  const fits = (scope: Scope): boolean => scopes.every((one) => reaches(scope, one));
  return open && fits(open) ? open : scopes.find(fits);
}

/** Whether values of `from` can be used in `scope`: it is around it, or was written before it in what is around both. */
export function reaches(scope: Scope, from: Scope): boolean {
  for (let one: Scope | undefined = from; one; one = one.region && one.outer)
    if (isWithin(scope, one)) return true;
  return false;
}
