/** The parameters that a step refers to, by what they hold. */
import { slotsOf } from "../../ir/fn.ts";
import type { Slot } from "../../ir/node.ts";
import type { Host } from "../../tensor/host.ts";
import type { CallStep, OpStep } from "../step.ts";

export function hostsOf(step: OpStep | CallStep): (readonly [Host, Slot])[] {
  if (step.kind === "call") return slotsOf(step.fn).map((slot) => [slot.read(), slot] as const);
  return step.inputs.flatMap((input) =>
    input?.source?.kind === "weight" ? [[input.source.slot.read(), input.source.slot] as const] : [],
  );
}
