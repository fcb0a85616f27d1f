/** What a trace is opened on: a model's function, and how it takes its inputs. */
import type { Tree } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import type { Result } from "../ir/node.ts";
import type { Sizes } from "../ir/sizes.ts";
import type { Backend } from "../run/backend.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import type { Edit } from "./edit.ts";

/** What one invoke gives to the model, read and checked. */
export interface Portion {
  /** Rows of the batch. */
  readonly rows: number;
  /** The model's own form of it. */
  readonly content: unknown;
  /** Of prompts: how many tokens each has. */
  readonly lengths?: readonly number[];
  /** What it will be read from at the run, when it is not known before. */
  readonly later?: Tree<Result>;
}

/** The arguments of one run: `[args, kwargs]` with numbers, and what each row is called. */
export interface Batch {
  readonly args: Tree<Host>;
  /** For each row, how many places on the left are padding. */
  readonly padding?: readonly number[];
  /** Words for the places of each row. */
  readonly tokens?: readonly (readonly string[])[];
}

export interface Intake {
  /** Of a model that takes prompts: the id that fills padding, and how many positions the model knows. */
  readonly prompts?: { readonly pad: number; readonly context: number };
  /** The types of the model's arguments for any input, when they are known without one. */
  template(): Tree<Type> | undefined;
  /** The types of the model's arguments for an input that only the run knows. @throws RuntimeError when they cannot be known */
  anySignature(): Tree<Type>;
  /** Reads the arguments of `trace(...)` or `invoke(...)`. @throws an error that names what is wrong with them */
  read(input: unknown): Portion;
  /** The types of the model's arguments; `open` when more invokes may follow, so that sizes are not known yet. */
  signature(portion: Portion, open: boolean): Tree<Type>;
  /** All invokes as one batch. @throws ShapeError when they do not fit together */
  join(portions: readonly Portion[], open: boolean): Batch;
}

export interface Subject {
  /** For people: the class of the model. */
  readonly name: string;
  /** The module that is traced: models that share it share their envoys. */
  readonly module: object;
  /** Changes that every trace begins with. */
  readonly edits: readonly Edit[];
  readonly intake: Intake;
  readonly backend: Backend;
  /** The path of a module that is named by another name, such as one of `rename`; nothing where no module is meant. */
  readonly pathOf?: (name: string) => string | undefined;
  /** The model as a function of arguments of these types. */
  record(args: Tree<Type>): { readonly fn: Fn; readonly sizes: Sizes };
}
