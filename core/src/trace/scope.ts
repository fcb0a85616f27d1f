/** What is being recorded: a module's body or a user's trace. */
import type { Where } from "../base/where.ts";
import type { Builder } from "../ir/builder.ts";
import type { Made, Result } from "../ir/node.ts";
import type { Host } from "../tensor/host.ts";
import type { Dim } from "../tensor/type.ts";
import type { State } from "./state.ts";
import type { Words } from "./words.ts";

/** What can be open: a scope, or a session of several. */
export interface Context {
  /** `trace`, `scan`, `session`, `body`: for people. */
  readonly kind: string;
  readonly where: Where;
  /** The first error stops it: nothing runs, and that error is the one that is seen. */
  poison(error: unknown): void;
}

export interface Scope extends Context {
  readonly builder: Builder;
  /** `open` while recorded, `closed` once it has run or failed. */
  readonly state: "open" | "closed";
  /** A concrete tensor in this program: a reference to a parameter, or a constant. */
  bring(host: Host): Result;
  /** Whether operations on this concrete tensor alone are recorded: the body of a module does so for its parameters. */
  owns(host: Host): boolean;
  /** The session that this is part of, and its place in it: values of earlier parts may be used. */
  readonly part?: Part | undefined;
  /** A value of an earlier part of the session, as this one runs later. */
  bridge(from: Scope, result: Result): Result;
  /** Notes a value that is wanted when the program has run; `false` when it is no longer lazy. */
  save(result: () => Result | false): void;
  /** Told before a handle gets another value, so that a branch can be merged with what was before it. */
  rebinds(handle: Handle, before: Result, set: (result: Result) => void): void;
  /** Ends the forward at the time of a value. */
  stop(result: Result): void;
  /** Whether it still takes part in what is written. A closed trace of a session does not, though it has not run yet. */
  readonly writing: boolean;
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

/** What a user holds of a program. */
export interface Handle {
  readonly state: State;
}

/** A place in a session. */
export interface Part {
  readonly session: Context;
  readonly order: number;
}
