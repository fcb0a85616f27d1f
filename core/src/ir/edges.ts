/** Where the edges of calls lie in a program: of its model, then of the calls that its user has written. */
import { leavesOf } from "../base/tree.ts";
import { type Fn, type Found, findCalls, inCall, timeOf } from "./fn.ts";
import type { Hook } from "./hook.ts";
import { isResult, type Node, type Result } from "./node.ts";
import type { Clock } from "./program.ts";
import type { Time } from "./time.ts";

/** What is known of a program while it is written. */
export interface Written {
  readonly root: Fn;
  readonly nodes: readonly Node[];
  readonly clock: Clock;
}

/** The calls of a module, the model's own first; the time of the user's is that of their arguments. */
export const callsIn = ({ root, nodes, clock }: Written, path: string): Found[] => [
  ...findCalls(root, path),
  ...nodes.flatMap((node) =>
    node.kind === "call" ? inCall(node, node.callee, [...clock.of(node).time, node.id], path) : [],
  ),
];

/** An edge of a call: its leaves as the caller sees them, in its body's form, and when it is reached. */
export interface EdgePlace {
  readonly tree: Fn["args"];
  readonly leaves: readonly Result[];
  readonly time: Time;
}

export function edgeOf(found: Found, edge: Hook["edge"]): EdgePlace {
  const { fn, call } = found;
  const tree = edge === "inputs" ? fn.args : fn.output;
  const inner = leavesOf(tree, isResult);
  const outer = call && (edge === "inputs" ? call.inputs : call.results);
  return { tree, leaves: outer ?? inner, time: timeOf(found, edge) };
}
