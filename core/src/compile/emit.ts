/** Writes a piece as an ONNX graph, and names its structure by a key: equal keys are the same session. */
import { leavesOf } from "../base/tree.ts";
import { type Fn, slotsOf } from "../ir/fn.ts";
import { isResult, type OpNode, type Result, type Slot } from "../ir/node.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { Graph } from "../onnx/graph.ts";
import { opNamed } from "../ops/named.ts";
import type { Emit } from "../ops/spec.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { apart } from "./apart.ts";
import type { CallPiece, Graphlet } from "./cut.ts";
import { keyOf } from "./key.ts";
import { type Past, Pasts } from "./pasts.ts";
import type { Step, Var } from "./step.ts";

/** A graph that can become a session, and what to feed it. */
export interface Compiled {
  readonly graph: Graph;
  readonly key: string;
  /** Names of the inputs, in the order of the piece's. */
  readonly inputs: readonly string[];
  /** Names of the outputs, in the order of the piece's. */
  readonly outputs: readonly string[];
  /** Values that may differ from run to run, such as positions. */
  readonly feeds: ReadonlyMap<string, Host>;
  /** Of a function that keeps positions apart: what stands in for the positions before those that it is given. */
  readonly pasts: readonly Past[];
  /** Whether the piece is an untouched part of the model, which comes back in every trace. */
  readonly lasting: boolean;
}

export function emit(piece: CallPiece | Graphlet): Compiled {
  return piece.kind === "call" ? emitCall(piece.step.fn) : emitSteps(piece);
}

const calls = new WeakMap<Fn, { readonly weights: readonly Host[]; readonly compiled: Compiled }>();

/** An untouched function is written once, for as long as its weights are the same. Whoever calls it shares its session. */
export function emitCall(fn: Fn): Compiled {
  const weights = slotsOf(fn).map((slot) => slot.read());
  const known = calls.get(fn);
  if (known?.weights.every((host, i) => host === weights[i])) return known.compiled;
  const builder = new GraphBuilder();
  const inputs = fn.inputs.map((input, i) => inputOf(builder, `in${i}`, input.results[0]!.type, false));
  const given = new Set<string>();
  const types = leavesOf(fn.output, isResult).map(({ type }) => type);
  const pasts = new Pasts(builder, apart(fn, "position")?.attentions ?? []);
  const outputs = emitFn(builder, fn, inputs, pasts).map((name, i) =>
    outputOf(builder, name, types[i]!, given),
  );
  const compiled = finished(builder, inputs, outputs, true, pasts.declare());
  calls.set(fn, { weights, compiled });
  return compiled;
}

function emitSteps(piece: Graphlet): Compiled {
  const builder = new GraphBuilder();
  const names = new Map<Var, string>();
  const inputs = piece.inputs.map((input, i) => {
    const name = inputOf(builder, `in${i}`, input.type, input.loose ?? false);
    names.set(input, name);
    return name;
  });
  const given = new Set<string>();
  for (const step of piece.steps) emitStep(builder, step, names);
  const outputs = piece.outputs.map((output) => outputOf(builder, names.get(output)!, output.type, given));
  return finished(builder, inputs, outputs, false);
}

/** Declares an input; of a loose one only the rank is compiled in. A size that is bound in this trace is left open. */
function inputOf(builder: GraphBuilder, name: string, { dtype, shape }: Type, loose: boolean): string {
  const sizes = shape.map((dim) =>
    loose ? null : typeof dim === "number" ? dim : dim.size === undefined ? dim.name : null,
  );
  return builder.input(name, dtype, sizes);
}

/** Declares an output. What no node makes, and what is given twice, gets a name of its own. */
function outputOf(builder: GraphBuilder, name: string, { dtype, shape }: Type, given: Set<string>): string {
  const own = given.has(name) || !builder.makes(name) ? builder.node("Identity", [name]) : name;
  given.add(own);
  builder.output(
    own,
    dtype,
    shape.map(() => null),
  );
  return own;
}

function finished(
  builder: GraphBuilder,
  inputs: string[],
  outputs: string[],
  lasting: boolean,
  pasts: readonly Past[] = [],
): Compiled {
  const graph = builder.graph();
  return { graph, key: keyOf(graph), inputs, outputs, feeds: builder.feeds, pasts, lasting };
}

function emitStep(builder: GraphBuilder, step: Step, names: Map<Var, string>): void {
  const inputs = step.inputs.map((input) => (input ? nameOf(builder, input, names) : ""));
  const types = step.inputs.map((input) => input?.type);
  let made: readonly string[] = [];
  if (step.kind === "call") made = emitFn(builder, step.fn, inputs);
  else if (step.kind === "op") made = lower(builder, step.node, inputs, types);
  step.outputs.forEach((output, i) => void names.set(output, made[i]!));
}

function nameOf(builder: GraphBuilder, value: Var, names: Map<Var, string>): string {
  const known = names.get(value);
  if (known !== undefined) return known;
  const { source } = value;
  let name = "";
  if (source?.kind === "weight") name = weightIn(builder, source.slot);
  else if (source?.kind === "constant") name = builder.constant(source.value);
  names.set(value, name);
  return name;
}

/** The body of a module, and of those it calls, written in place. */
function emitFn(builder: GraphBuilder, fn: Fn, passed: readonly string[], pasts?: Pasts): string[] {
  const frame = new Map<Result, string>();
  fn.inputs.forEach((input, i) => void frame.set(input.results[0]!, passed[i]!));
  const fixed: Emit = {
    node: (...args) => builder.node(...args),
    nodes: (...args) => builder.nodes(...args),
    ints: (values) => builder.ints(values),
    constant: (value) => builder.constant(value),
    data: (value) => builder.constant(value),
  };
  for (const node of fn.nodes) {
    let made: readonly string[] = [];
    if (node.kind === "weight") made = [weightIn(builder, node.slot)];
    else if (node.kind === "constant") made = [builder.constant(node.value)];
    else if (node.kind === "op") {
      const inputs = node.inputs.map((input) => (input ? frame.get(input)! : ""));
      made = lower(
        pasts?.emitFor(node, fixed) ?? fixed,
        node,
        inputs,
        node.inputs.map((input) => input?.type),
      );
    } else if (node.kind === "call")
      made = emitFn(
        builder,
        node.fn,
        node.inputs.map((input) => frame.get(input)!),
        pasts,
      );
    else continue;
    node.results.forEach((result, i) => void frame.set(result, made[i]!));
  }
  return leavesOf(fn.output, isResult).map((leaf) => frame.get(leaf)!);
}

const written = new WeakMap<GraphBuilder, Map<Host, string>>();

/** A weight, once in a graph however often it is used. */
function weightIn(builder: GraphBuilder, slot: Slot): string {
  const names = written.get(builder) ?? new Map<Host, string>();
  written.set(builder, names);
  const host = slot.read();
  const known = names.get(host);
  if (known !== undefined) return known;
  const name = builder.weight(builder.unique(slot.name), host);
  names.set(host, name);
  return name;
}

function lower(
  emit: Emit,
  node: OpNode,
  inputs: readonly string[],
  types: readonly (Type | undefined)[],
): readonly string[] {
  const made = opNamed(node.op).lower(emit, inputs, node.params, types as Type[]);
  return typeof made === "string" ? [made] : made;
}
