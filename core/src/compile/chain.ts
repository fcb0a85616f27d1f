/** Brings the untouched blocks of a chain beside each other, so that they run at once: what only reads their results can wait. */
import { opNamed } from "../ops/named.ts";
import type { CallStep, Step } from "./step.ts";
import { memberOf } from "./trunk.ts";

/** Whether a block of a chain is followed by the next one, on what it gives and otherwise on the same, or on what is there from the start. */
export function goesOnWith(before: CallStep, step: CallStep): boolean {
  const [member, next] = [memberOf(before.fn), memberOf(step.fn)];
  if (!member || !next || member.trunk !== next.trunk || next.index !== member.index + 1) return false;
  const { carried, own } = member.trunk;
  return step.inputs.every((input, i) =>
    own.includes(i)
      ? input?.source !== undefined
      : input === (i === carried ? before.outputs[0] : before.inputs[i]),
  );
}

/** The steps with those that stand between two neighbours of a chain moved behind the second, where that does not need them. */
export function closeUp(steps: readonly Step[]): Step[] {
  const made: Step[] = [];
  let late: Step[] = [];
  let last: CallStep | undefined;
  for (const step of steps) {
    if (last && isBlock(step) && goesOnWith(last, step)) {
      made.push(step);
      last = step;
    } else if (last && !isBlock(step) && mayWait(step)) late.push(step);
    else {
      made.push(...late, step);
      late = [];
      last = isBlock(step) ? step : undefined;
    }
  }
  return [...made, ...late];
}

const isBlock = (step: Step): step is CallStep =>
  step.kind === "call" && step.alone && step.branches.length === 0 && memberOf(step.fn) !== undefined;

/** What runs in a session, whatever happens elsewhere. */
const mayWait = (step: Step): boolean =>
  step.branches.length === 0 &&
  (step.kind === "call" || (step.kind === "op" && opNamed(step.node.op).host !== true));
