/** Where the edges of calls lie in a program: of its model, then of the calls that its user has written. */
import { leavesOf } from "../base/tree.ts";
import { type Fn, type Found, findCalls, inCall, isWithin, timeOf } from "./fn.ts";
import type { Hook } from "./hook.ts";
import { type Call, guardsOf, inputsOf, isResult, type Node, orderOf, type Result } from "./node.ts";
import type { Clock } from "./program.ts";
import type { Time } from "./time.ts";

/** What is known of a program while it is written. */
export interface Written {
  readonly root: Fn;
  /** What its user has called. */
  readonly calls: readonly Call[];
  readonly clock: Clock;
}

/** The calls of a module, the model's own first; the time of the user's is that of their arguments. */
export function callsIn({ root, calls, clock }: Written, path: string): readonly Found[] {
  const own = calls.filter(({ callee }) => isWithin(path, callee));
  const found = own.flatMap((call) => inCall(call, call.callee, [...clock.of(call).time, call.id], path));
  return [...findCalls(root, path), ...found];
}

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

/** Whether something happens within a call that the user has written: between its arguments and its results. */
export const isWithinCall = (call: Call, clock: Clock, time: Time): boolean =>
  [...clock.of(call).time, call.id].every((place, i) => time[i] === place);

/** The user's call that a value to be written at an edge within it follows from, which would have to be there before itself. */
export function circular(
  { calls, clock }: Pick<Written, "calls" | "clock">,
  time: Time,
  value: Result,
): Call | undefined {
  return calls.find((call) => isWithinCall(call, clock, time) && follows(value.node, call));
}

/** Whether a node needs another one, directly or through others. */
function follows(node: Node, from: Node): boolean {
  const seen = new Set<Node>();
  const rest = [node];
  for (let one = rest.pop(); one; one = rest.pop()) {
    if (one === from) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    const guards = guardsOf(one).map(({ decision }) => decision);
    for (const need of [...inputsOf(one), ...orderOf(one), ...guards]) rest.push(need.node);
  }
  return false;
}
