/**
 * A program as data: frozen nodes with typed results. A module's body and a user's trace are made of the same nodes.
 * Programs nest by regions. Knows nothing of tensors that users hold, of models or of ONNX.
 */
import type { Literal, Tree } from "../base/tree.ts";
import type { Where } from "../base/where.ts";
import type { Params } from "../ops/spec.ts";
import type { OpName } from "../ops/table.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import type { Fn } from "./fn.ts";
import type { Hook } from "./hook.ts";
import type { LoopBody, RegionBody } from "./region.ts";
import type { Time } from "./time.ts";

/** One result of a node. Its identity is its name. */
export interface Result {
  readonly node: Node;
  readonly index: number;
  readonly type: Type;
}

/** What a run makes: a tensor, or a value that is none, such as a list. */
export type Made = Host | Plain;

export interface Plain {
  readonly plain: unknown;
}

interface Common {
  readonly id: number;
  readonly results: readonly Result[];
  /** The user's line, where there is one. */
  readonly where?: Where;
  /** The branch it was written in: elsewhere it is not run. */
  readonly guard?: Guard;
}

/** A branch of a condition, within another one perhaps. */
export interface Guard {
  /** The result of a `Decide`. */
  readonly decision: Result;
  readonly want: boolean;
  readonly outer?: Guard;
}

/** An argument of the function whose body this is. */
export interface Input extends Common {
  readonly kind: "input";
  readonly name: string;
}

/** A parameter of the module whose body this is: a reference, so that new values need no new body. */
export interface Weight extends Common {
  readonly kind: "weight";
  readonly slot: Slot;
}

/** Where a value is kept: its name and, when asked, what it is at present. */
export interface Slot {
  readonly name: string;
  read(): Host;
}

export interface Constant extends Common {
  readonly kind: "constant";
  readonly value: Host;
}

/** A value that the program around passes in, such as the item of a loop: known when this one runs. */
export interface Given extends Common {
  readonly kind: "given";
}

export interface OpNode extends Common {
  readonly kind: "op";
  readonly op: OpName;
  readonly inputs: readonly (Result | undefined)[];
  readonly params: Params;
}

/** A call of a module: `callee` is its path as seen from the caller. */
export interface Call extends Common {
  readonly kind: "call";
  readonly callee: string;
  readonly fn: Fn;
  /** The leaves of the arguments, in the order of `fn.inputs`. */
  readonly inputs: readonly Result[];
  /** Whether it is a natural place to cut: one of many alike, such as a block of a transformer. */
  readonly unit: boolean;
}

/** What an edge of a call carries: the only place where a user's trace meets the model. */
export interface HookNode extends Common {
  readonly kind: "hook";
  readonly hook: Hook;
  /** When the run reaches it. */
  readonly time: Time;
}

/** Something done on the host when its inputs are there, such as writing a line of log. */
export interface Effect extends Common {
  readonly kind: "effect";
  readonly inputs: readonly Result[];
  readonly message: readonly Tree<Result>[];
  /** Comes after these, whether they run or not: changes of a list that it shows. */
  readonly after: readonly Result[];
}

/** A condition: a value read as true or false when the run reaches it. */
export interface Decide extends Common {
  readonly kind: "decide";
  readonly condition: Result;
}

/** The value that a branch gave something, or the one it had before. */
export interface Merge extends Common {
  readonly kind: "merge";
  readonly decision: Result;
  readonly yes: Result;
  readonly no: Result;
}

/** A function that the host calls with concrete values when the run has them. */
export interface Apply extends Common {
  readonly kind: "apply";
  readonly name: string;
  readonly inputs: readonly Result[];
  readonly args: readonly Tree<Result>[];
  /** Comes after these, whether they run or not: earlier changes of the same list. */
  readonly after: readonly Result[];
  /** @param args the arguments with values in place of results */
  readonly run: (args: readonly Tree<Made>[]) => Made;
}

/** A program within this one that the host runs as a whole: a trace of a session, or a loop. */
export interface Region extends Common {
  readonly kind: "region";
  /** What it is given, in the order of `body.given`. */
  readonly inputs: readonly Result[];
  /** Comes after these: earlier changes of lists that it changes. */
  readonly after: readonly Result[];
  readonly body: RegionBody;
}

/** A value that a region made in it: of a loop, in its last turn. */
export interface Take extends Common {
  readonly kind: "take";
  /** The first result of a region. */
  readonly from: Result;
  /** The result inside. */
  readonly of: Result;
}

/** Leaves a loop, or the whole session. */
export interface Exit extends Common {
  readonly kind: "exit";
  /** What is left: a loop, or nothing for the whole session. */
  readonly loop: LoopBody | undefined;
  readonly inputs: readonly Result[];
  /** What the loops' variables hold from then on, in the order of `inputs`. */
  readonly variables: readonly Result[];
}

/** One backward pass: everything that is said of it belongs to this object. */
export interface Pass {
  /** What it goes back from, once that is written. */
  from?: Gradient;
}

/**
 * A part of a backward pass. `from`: the pass begins at the first input; the second, if there is one, is its gradient there.
 * `of`: the result is the gradient with respect to the input. `write`: the pass goes on from the first input with the second.
 */
export interface Gradient extends Common {
  readonly kind: "gradient";
  readonly pass: Pass;
  readonly role: "from" | "of" | "write";
  readonly inputs: readonly Result[];
}

export type Node =
  | Input
  | Weight
  | Constant
  | Given
  | OpNode
  | Call
  | HookNode
  | Effect
  | Decide
  | Merge
  | Apply
  | Region
  | Take
  | Exit
  | Gradient;

export const isResult = (x: unknown): x is Result =>
  typeof x === "object" && x !== null && "node" in x && "index" in x && "type" in x;

/** The results that a node reads. */
export function inputsOf(node: Node): readonly Result[] {
  if (node.kind === "op") return node.inputs.filter((input) => input !== undefined);
  if (node.kind === "decide") return [node.condition];
  if (node.kind === "merge") return [node.decision, node.yes, node.no];
  if (node.kind === "take") return [node.from];
  return "inputs" in node ? (node.inputs as readonly Result[]) : [];
}

/** What a node waits for without reading it. */
export const orderOf = (node: Node): readonly Result[] => ("after" in node ? node.after : []);

/** The decisions that a node waits for, outermost last. */
export function guardsOf(node: { readonly guard?: Guard }): readonly Guard[] {
  const guards: Guard[] = [];
  for (let guard = node.guard; guard; guard = guard.outer) guards.push(guard);
  return guards;
}

export type Arguments = Tree<Result> | Literal;
