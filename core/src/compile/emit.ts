/** Writes a piece as an ONNX graph, and names its structure by a key: equal keys are the same session. */
import { leavesOf } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import { isResult } from "../ir/node.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { withoutSpare } from "../onnx/graph.ts";
import { apart } from "./apart.ts";
import { emitFn, lower, weightIn } from "./body.ts";
import { type Compiled, finished, inputOf, outputOf } from "./compiled.ts";
import type { CallPiece, Graphlet } from "./cut.ts";
import { fuse } from "./fuse/fuse.ts";
import { emitBackward } from "./gradients/backward.ts";
import { emitBackwardCall, keptIn } from "./gradients/calls.ts";
import { Pasts } from "./pasts.ts";
import type { Step, Var } from "./step.ts";

/** How a piece is to be computed. */
export interface Way {
  /** Whether a way back takes over what was kept on the way there, instead of computing it again. */
  readonly over?: boolean;
  /** Whether it is for one row, which is multiplied faster with weights in blocks, where the model's file has them so. */
  readonly oneRow?: boolean;
}

export function emit(piece: CallPiece | Graphlet, way: Way = {}): Compiled {
  return piece.kind === "call" ? emitCall(piece.step.fn, way) : emitSteps(piece, way);
}

/** An untouched function. */
export function emitCall(fn: Fn, { oneRow = false }: Way = {}): Compiled {
  const builder = new GraphBuilder();
  builder.oneRow = oneRow;
  const inputs = fn.inputs.map((input, i) => inputOf(builder, `in${i}`, input.results[0]!.type, false));
  const given = new Set<string>();
  const types = leavesOf(fn.output, isResult).map(({ type }) => type);
  const pasts = new Pasts(builder, apart(fn, "position")?.attentions ?? []);
  const products: string[] = [];
  const outputs = emitFn(builder, fn, inputs, { pasts, products }).map((name, i) =>
    outputOf(builder, name, types[i]!, given),
  );
  const declared = pasts.declare();
  const kept = keptIn(fn).map(({ place, type }) => outputOf(builder, products[place]!, type, given));
  return finished(builder, fuse(builder.graph()), inputs, outputs, true, { pasts: declared, kept });
}

function emitSteps(piece: Graphlet, { over = false, oneRow = false }: Way): Compiled {
  const [first] = piece.steps;
  if (first!.kind === "backward" && first.steps.length === 1) {
    const [only] = first.steps;
    if (only?.kind === "call" && only.alone) return emitBackwardCall(piece, first, only, over);
  }
  const builder = new GraphBuilder();
  builder.oneRow = oneRow;
  const names = new Map<Var, string>();
  const inputs = piece.inputs.map((input, i) => {
    const name = inputOf(builder, `in${i}`, input.type, input.loose ?? false);
    names.set(input, name);
    return name;
  });
  const given = new Set<string>();
  for (const step of piece.steps) emitStep(builder, step, names);
  const outputs = piece.outputs.map((output) => outputOf(builder, names.get(output)!, output.type, given));
  const graph = oneRow || first!.kind === "backward" ? withoutSpare(builder.graph()) : builder.graph();
  return finished(builder, graph, inputs, outputs, false);
}

export function emitStep(builder: GraphBuilder, step: Step, names: Map<Var, string>): void {
  if (step.kind === "backward") {
    emitBackward(builder, step, names, forward);
    return;
  }
  const inputs = step.inputs.map((input) => (input ? nameOf(builder, input, names) : ""));
  const types = step.inputs.map((input) => input?.type);
  let made: readonly string[] = [];
  builder.within(step.scope ?? [], () => {
    if (step.kind === "call") made = emitFn(builder, step.fn, inputs);
    else if (step.kind === "op") made = lower(builder, step.node, inputs, types);
  });
  step.outputs.forEach((output, i) => {
    names.set(output, made[i]!);
    builder.types.set(made[i]!, output.type);
  });
}

const forward = { step: emitStep, name: nameOf, weight: weightIn };

export function nameOf(builder: GraphBuilder, value: Var, names: Map<Var, string>): string {
  const known = names.get(value);
  if (known !== undefined) return known;
  const { source } = value;
  let name = "";
  if (source?.kind === "weight") name = weightIn(builder, source.slot);
  else if (source?.kind === "constant") name = builder.constant(source.value);
  names.set(value, name);
  return name;
}
