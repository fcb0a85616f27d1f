/** Programs within programs: the traces of a session, and the bodies of loops, which are written once and run for each item. */
import type { Tree } from "../base/tree.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import type { Made, Result } from "./node.ts";
import type { Program } from "./program.ts";

interface Common {
  /** What stands inside for each of the region's inputs. */
  readonly given: readonly Result[];
  /** Complete once everything around it is written, as values of it may be wanted later. */
  readonly program: () => Program;
}

/** What a trace is given: prompts, which the model reads as its users write them, or the values of its arguments. */
export const takings = ["prompts", "values"] as const;
export type Taking = (typeof takings)[number];

/** The inputs of a trace as its user gave them; the results in them are of what the trace is given. */
export interface Feed {
  readonly takes: Taking;
  /** Whether they came by invokes. */
  readonly several: boolean;
  readonly inputs: readonly unknown[];
}

export interface TraceBody extends Common {
  readonly kind: "trace";
  /** What the model is given, before it is read. */
  readonly feed: Feed;
  /** The types of the model's inputs, as far as they are known before the run. */
  types(): readonly Type[];
  /** The model's inputs, which may depend on what is given. */
  inputs(given: ReadonlyMap<Result, Made>): readonly Host[];
  /** Told what was made. */
  finish(values: ReadonlyMap<Result, Made>): void;
  /** Told why it was not. */
  fail(error: unknown): void;
}

/** Of its inputs the first is what it goes through; inside, that is the item. */
export interface LoopBody extends Common {
  readonly kind: "loop";
  readonly variables: readonly Variable[];
  /** @throws TypeError for what cannot be gone through */
  items(through: Made): Iterable<Made>;
  /** What a turn gives to the loop's list: results of its body. */
  readonly gives: Tree<Result>;
  /** The same of what a turn has made. */
  collect(values: ReadonlyMap<Result, Made>): unknown;
  /** Told what was made when the last turn has ended. */
  finish(values: ReadonlyMap<Result, Made>): void;
}

/** A variable from around the loop that its body changes. */
export interface Variable {
  /** What it holds at the beginning of a turn, and after the last: among `given` for the first. */
  readonly start: Result;
  /** What it holds at the end of a turn. */
  readonly next: Result;
}

export type RegionBody = TraceBody | LoopBody;
