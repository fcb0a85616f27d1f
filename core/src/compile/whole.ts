/** A program as one ONNX graph by itself, with names for people: what a model is exported as. */
import { RuntimeError } from "../base/errors.ts";
import { lineOf } from "../base/where.ts";
import type { Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import { GraphBuilder, infoShape } from "../onnx/builder.ts";
import type { Graph } from "../onnx/graph.ts";
import { opNamed } from "../ops/named.ts";
import { emitStep, nameOf } from "./emit.ts";
import { open } from "./open.ts";
import { prune } from "./prune.ts";
import type { Step, Var } from "./step.ts";

/** Inputs in the order of the model's arguments; outputs are saves of the program. */
export interface Names {
  readonly inputs: readonly string[];
  readonly outputs: readonly (readonly [name: string, result: Result])[];
}

/** @throws RuntimeError for steps that the host does */
export function emitWhole(program: Program, names: Names): Graph {
  const straight = open(program);
  const builder = new GraphBuilder(true);
  for (const name of names.inputs) builder.unique(name);
  for (const [name] of names.outputs) builder.unique(name);
  const values = new Map<Var, string>();
  const known = (value: Var | undefined): void => {
    if (!value || values.has(value)) return;
    const { source, type } = value;
    if (source?.kind === "input") {
      const name = names.inputs[source.index]!;
      values.set(value, builder.input(name, type.dtype, infoShape(type.shape)));
      builder.types.set(name, type);
    } else if (source?.kind === "value") values.set(value, builder.constant(source.value));
  };
  for (const step of prune(straight)) {
    requireOp(step);
    for (const input of step.inputs) known(input);
    emitStep(builder, step, values);
  }
  const made = new Map(straight.wanted.map(({ result, value }) => [result, value]));
  for (const [name, result] of names.outputs) {
    const value = made.get(result)!;
    known(value);
    builder.identity(nameOf(builder, value, values), name);
    builder.output(name, value.type.dtype, infoShape(value.type.shape));
  }
  return withFeeds(builder, names);
}

function requireOp(step: Step): void {
  const host = step.kind === "op" && opNamed(step.node.op).host === true;
  if ((step.kind === "op" && !host) || step.kind === "call" || step.kind === "backward") return;
  const { where } = step.node;
  const what = step.kind === "op" ? step.node.op : step.kind;
  throw new RuntimeError(
    `a model file holds ops alone, and '${what}'${where ? ` at ${lineOf(where)}` : ""} is done beside them. ` +
      "Leave it out of what is exported, or run it in a trace.",
  );
}

/** What differs from run to run elsewhere stays as it is now. */
function withFeeds(builder: GraphBuilder, names: Names): Graph {
  const graph = builder.graph();
  const fixed = [...builder.feeds].map(([name, value]) => ({ name, value }));
  return {
    ...graph,
    inputs: names.inputs.flatMap((name) => graph.inputs.filter((one) => one.name === name)),
    initializers: [...graph.initializers, ...fixed],
  };
}
