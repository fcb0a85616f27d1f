/** The steps that the host does itself: random draws, log lines, decisions and the values that follow from them. */
import { mapTree } from "../base/tree.ts";
import type { HostPiece } from "../compile/cut.ts";
import type { Var } from "../compile/step.ts";
import { opNamed } from "../ops/named.ts";
import { type Host, scalar } from "../tensor/host.ts";
import type { Event } from "./backend.ts";
import { decide } from "./decide.ts";
import type { Values } from "./memory.ts";
import { toRuntime } from "./values.ts";

export function runHost(step: HostPiece["step"], values: Values, onEvent: (event: Event) => void): void {
  if (step.kind === "effect") {
    const message = step.message.map((part) => mapTree(part, isVar, (value) => values.get(value)!));
    onEvent({ kind: "log", node: step.node, message });
  } else if (step.kind === "decide") {
    const answer = decide(values.get(step.inputs[0]!)!, step.node);
    values.set(step.outputs[0]!, toRuntime(scalar(answer, "bool")));
  } else if (step.kind === "merge") {
    const [decision, yes, no] = step.inputs as [Var, Var, Var];
    const chosen = values.get(values.taken([{ decision, want: true }]) ? yes : no);
    if (chosen) values.put(step.outputs[0]!, chosen);
  } else if (step.kind === "apply") {
    const args = step.args.map((arg) => mapTree(arg, isVar, (value) => values.get(value)!));
    values.put(step.outputs[0]!, step.node.run(args));
  } else {
    const inputs = step.inputs.map((input) => input && values.host(input)) as Host[];
    const made = opNamed(step.node.op).evaluate(inputs, step.node.params);
    const hosts = (Array.isArray(made) ? made : [made]) as Host[];
    step.outputs.forEach((output, i) => void values.set(output, toRuntime(hosts[i]!)));
  }
}

const isVar = (x: unknown): x is Var =>
  typeof x === "object" && x !== null && "type" in x && typeof x.type === "object" && !("data" in x);
