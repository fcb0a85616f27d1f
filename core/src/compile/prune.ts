/** Keeps the steps that the wanted values and the effects need. ONNX Runtime runs all it is given, so this is where work is saved. */
import type { Step, Straight, Var } from "./step.ts";

export function prune({ steps, wanted }: Straight): Step[] {
  const needed = new Set<Var | undefined>(wanted.values());
  const kept = steps.toReversed().filter((step) => {
    if (step.kind !== "effect" && !step.outputs.some((output) => needed.has(output))) return false;
    for (const input of step.inputs) needed.add(input);
    return true;
  });
  return kept.reverse();
}
