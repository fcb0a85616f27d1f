/** Calls of one part of the model on several values, brought together so that they run as rows of one: a lens asks the head of every block. */
import type { Fn } from "../ir/fn.ts";
import { apart } from "./apart.ts";
import type { CallStep, Step, Var } from "./step.ts";

/** The steps with calls of one function put beside each other, where nothing between needs what they give. */
export function gatherCalls(steps: readonly Step[]): Step[] {
  const counts = Map.groupBy(steps.filter(mayGather), ({ fn }) => fn);
  const several = [...counts].flatMap(([fn, calls]) => (calls.length > 1 ? [fn] : []));
  // The last first: what is read by calls that have moved to the end can follow them.
  const order = several.sort((a, b) => lastOf(steps, b) - lastOf(steps, a));
  return order.reduce<Step[]>(moved, [...steps]);
}

/** Calls that may be rows of one. */
export const mayGather = (step: Step): step is CallStep =>
  step.kind === "call" && step.alone && step.branches.length === 0 && apart(step.fn, "batch") !== undefined;

const lastOf = (steps: readonly Step[], fn: Fn): number =>
  steps.findLastIndex((step) => step.kind === "call" && step.fn === fn);

/** Calls of a function moved to the last of them, as far as nothing on the way reads their results. */
function moved(steps: Step[], fn: Fn): Step[] {
  const target = lastOf(steps, fn);
  const reads = new Set<Var | undefined>();
  const late: Step[] = [];
  const rest = steps
    .slice(0, target)
    .toReversed()
    .filter((step) => {
      const goes = mayGather(step) && step.fn === fn && !step.outputs.some((output) => reads.has(output));
      if (goes) late.unshift(step);
      else {
        for (const input of step.inputs) reads.add(input);
        for (const { decision } of step.branches) reads.add(decision);
      }
      return !goes;
    });
  const last = steps[target]!;
  const needed = new Set<Var | undefined>(last.inputs);
  const [before, apartFromLast]: [Step[], Step[]] = [[], []];
  for (const step of late.toReversed())
    if (step.outputs.some((output) => needed.has(output))) {
      before.unshift(step);
      for (const input of step.inputs) needed.add(input);
    } else apartFromLast.unshift(step);
  return [...rest.reverse(), ...before, ...apartFromLast, ...steps.slice(target)];
}
