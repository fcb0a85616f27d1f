/** Keeps the steps that the wanted values, the effects, the decisions and the user's functions need. ONNX Runtime runs all it is given, so this is where work is saved. */
import type { Asked, Step, Var } from "./step.ts";

/** Steps that are run for what they do. */
const acts: ReadonlySet<Step["kind"]> = new Set(["effect", "decide", "apply", "region", "exit"]);

export function prune({
  steps,
  wanted,
}: {
  readonly steps: readonly Step[];
  readonly wanted: readonly Asked[];
}): Step[] {
  const needed = new Set<Var | undefined>(wanted.map(({ value }) => value));
  for (const { branches } of wanted) for (const { decision } of branches) needed.add(decision);
  const kept = steps.toReversed().filter((step) => {
    if (!acts.has(step.kind) && !step.outputs.some((output) => needed.has(output))) return false;
    for (const input of step.inputs) needed.add(input);
    for (const { decision } of step.branches) needed.add(decision);
    return true;
  });
  return kept.reverse();
}
