/** The one interface through which traces are run: locally, not at all (scan), or on another machine. */
import type { Tree } from "../base/tree.ts";
import type { Made, Node, Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";

export interface Backend {
  /** Values of the saves that were reached; a save behind a `stop` is missing. */
  run(program: Program, onEvent: (event: Event) => void): Promise<ReadonlyMap<Result, Made>>;
}

export interface Event {
  readonly kind: "log";
  readonly node: Node;
  /** The arguments of `log`, with numbers in place of lazy values. */
  readonly message: readonly Tree<Made>[];
}
