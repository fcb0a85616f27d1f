/** The one interface through which traces are run: locally, not at all (scan), or on another machine. */
import type { Tree } from "../base/tree.ts";
import type { Made, Node, Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import type { Host } from "../tensor/host.ts";
import type { PieceReport } from "./report.ts";
import type { Turn } from "./turns.ts";

export interface Backend {
  /** Runs a program; what it makes is put into `request.kept` as it is made, so that an error loses nothing. */
  run(program: Program, request: Request): Promise<void>;
  /** Does turns of a loop side by side; each ends after those before it. @throws the error of the first that fails */
  beside?(shared: ReadonlySet<unknown>, turns: readonly ((turn: Turn) => Promise<void>)[]): Promise<void>;
}

export interface Request {
  /** For the inputs of the program's root. */
  readonly inputs: readonly Host[];
  /** What the program around passes in. */
  readonly given?: ReadonlyMap<Result, Made>;
  /** When it is in a turn of a loop that runs beside others. */
  readonly turn?: Turn;
  /** Values of the saves that were reached; a save behind a `stop` is missing. */
  readonly kept: Map<Result, Made>;
  onEvent(event: Event): void;
  /** Told of each piece as it is done. */
  onPiece?(piece: PieceReport): void;
  /** Told how many steps are not needed. */
  onPlan?(pruned: number): void;
}

export interface Event {
  readonly kind: "log";
  readonly node: Node;
  /** The arguments of `log`, with numbers in place of lazy values. */
  readonly message: readonly Tree<Made>[];
}
