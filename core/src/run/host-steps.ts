/** The steps that the host does itself: random draws, log lines, decisions and the values that follow from them. */
import { mapTree } from "../base/tree.ts";
import type { HostPiece } from "../compile/cut.ts";
import type { RegionStep, Var } from "../compile/step.ts";
import type { Made, Result } from "../ir/node.ts";
import { opNamed } from "../ops/named.ts";
import { type Host, scalar } from "../tensor/host.ts";
import type { Event } from "./backend.ts";
import { decide } from "./decide.ts";
import type { Values } from "./memory.ts";
import { Exit } from "./regions.ts";
import { toRuntime } from "./values.ts";

export function runHost(
  step: Exclude<HostPiece["step"], RegionStep>,
  values: Values,
  onEvent: (event: Event) => void,
): void {
  if (step.kind === "effect") {
    const message = step.message.map((part) => mapTree(part, isVar, (value) => values.made(value)));
    onEvent({ kind: "log", node: step.node, message });
  } else if (step.kind === "decide") {
    const answer = decide(values.made(step.inputs[0]!));
    values.set(step.outputs[0]!, toRuntime(scalar(answer, "bool")));
  } else if (step.kind === "merge") {
    const [decision, yes, no] = step.inputs as [Var, Var, Var];
    const chosen = values.get(values.taken([{ decision, want: true }]) ? yes : no);
    if (chosen) values.put(step.outputs[0]!, chosen);
  } else if (step.kind === "apply") {
    const args = step.args.map((arg) => mapTree(arg, isVar, (value) => values.made(value)));
    values.put(step.outputs[0]!, step.node.run(args));
  } else if (step.kind === "take") {
    const { plain } = values.made(step.inputs[0]!) as { plain: ReadonlyMap<Result, Made> };
    const made = plain.get(step.node.of);
    if (made) values.put(step.outputs[0]!, made);
    values.set(step.outputs[1]!, toRuntime(scalar(made !== undefined, "bool")));
  } else if (step.kind === "exit") {
    const made = step.inputs.map((input) => values.made(input!));
    throw new Exit(step.node.loop, new Map(step.node.variables.map((variable, i) => [variable, made[i]!])));
  } else {
    const inputs = step.inputs.map((input) => input && values.made(input)) as Host[];
    const made = opNamed(step.node.op).evaluate(inputs, step.node.params);
    const hosts = (Array.isArray(made) ? made : [made]) as Host[];
    step.outputs.forEach((output, i) => void values.set(output, toRuntime(hosts[i]!)));
  }
}

const isVar = (x: unknown): x is Var =>
  typeof x === "object" && x !== null && "type" in x && typeof x.type === "object" && !("data" in x);
