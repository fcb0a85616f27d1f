/** Writes a piece as an ONNX graph, and names its structure by a key: equal keys are the same session. */
import { leavesOf } from "../base/tree.ts";
import { type Fn, scopeOf, slotsOf } from "../ir/fn.ts";
import { isResult, type OpNode, type Result, type Slot } from "../ir/node.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { Graph } from "../onnx/graph.ts";
import { opNamed } from "../ops/named.ts";
import { whole } from "../ops/packed.ts";
import type { Emit } from "../ops/spec.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { apart } from "./apart.ts";
import type { CallPiece, Graphlet } from "./cut.ts";
import { fuse } from "./fuse/fuse.ts";
import { emitBackward, withoutSpare } from "./gradients/backward.ts";
import { keyOf } from "./key.ts";
import { type Past, Pasts } from "./pasts.ts";
import type { BackwardStep, CallStep, Step, Var } from "./step.ts";

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

/** An untouched function. */
export function emitCall(fn: Fn): Compiled {
  const builder = new GraphBuilder();
  const inputs = fn.inputs.map((input, i) => inputOf(builder, `in${i}`, input.results[0]!.type, false));
  const given = new Set<string>();
  const types = leavesOf(fn.output, isResult).map(({ type }) => type);
  const pasts = new Pasts(builder, apart(fn, "position")?.attentions ?? []);
  const outputs = emitFn(builder, fn, inputs, pasts).map((name, i) =>
    outputOf(builder, name, types[i]!, given),
  );
  return finished(builder, inputs, outputs, true, { pasts: pasts.declare() });
}

function emitSteps(piece: Graphlet): Compiled {
  const [first] = piece.steps;
  if (first!.kind === "backward" && first.steps.length === 1) {
    const [only] = first.steps;
    if (only?.kind === "call" && only.alone) return emitBackwardCall(piece, first, only);
  }
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
  return finished(builder, inputs, outputs, false, { spare: first!.kind === "backward" });
}

/** Declares an input; of a loose one only the rank is compiled in. A size that is bound in this trace is left open. */
function inputOf(builder: GraphBuilder, name: string, { dtype, shape }: Type, loose: boolean): string {
  builder.types.set(name, { dtype, shape });
  const sizes = shape.map((dim) =>
    loose ? null : typeof dim === "number" ? dim : dim.size === undefined ? dim.name : null,
  );
  return builder.input(name, dtype, sizes);
}

/** Declares an output. What no node makes, and what is given twice, gets a name of its own. */
function outputOf(builder: GraphBuilder, name: string, { dtype, shape }: Type, given: Set<string>): string {
  const plain = whole(builder, name);
  const own = given.has(plain) || !builder.makes(plain) ? builder.node("Identity", [plain]) : plain;
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
  { spare = false, pasts = [] }: { readonly spare?: boolean; readonly pasts?: readonly Past[] } = {},
): Compiled {
  const written = builder.graph();
  const graph = spare ? withoutSpare(written) : lasting ? fuse(written) : written;
  return { graph, key: keyOf(graph), inputs, outputs, feeds: builder.feeds, pasts, lasting };
}

const backwards = new WeakMap<
  Fn,
  Map<string, { readonly weights: readonly Host[]; readonly compiled: Compiled }>
>();

/** Going back through an untouched function is written once, too, for each set of gradients that are given and wanted. */
function emitBackwardCall(piece: Graphlet, step: BackwardStep, { fn, inputs, outputs }: CallStep): Compiled {
  const weights = slotsOf(fn).map((slot) => slot.read());
  const place = (one: Var | Slot): number =>
    "type" in one ? inputs.indexOf(one) : inputs.length + weights.indexOf(one.read());
  const pattern = JSON.stringify([
    step.given.map(({ of }) => outputs.indexOf(of)),
    step.wanted.map(place),
    [...inputs, ...step.given.map(({ grad }) => grad)].map((one) => one && piece.inputs.indexOf(one)),
    piece.outputs.map((output) => step.outputs.indexOf(output)),
  ]);
  const known = backwards.get(fn) ?? new Map();
  backwards.set(fn, known);
  const found = known.get(pattern);
  if (found?.weights.every((host: Host, i: number) => host === weights[i])) return found.compiled;
  const builder = new GraphBuilder();
  const names = new Map<Var, string>();
  const fed = piece.inputs.map((input, i) => {
    const at = inputs.indexOf(input);
    const of = step.given.find(({ grad }) => grad === input)?.of;
    const type =
      at >= 0 ? fn.inputs[at]!.results[0]!.type : leavesOf(fn.output, isResult)[outputs.indexOf(of!)]!.type;
    const name = inputOf(builder, `in${i}`, type, false);
    names.set(input, name);
    return name;
  });
  emitBackward(builder, step, names, forward);
  const given = new Set<string>();
  const made = piece.outputs.map((output) => outputOf(builder, names.get(output)!, output.type, given));
  const compiled = finished(builder, fed, made, false, { spare: true });
  known.set(pattern, { weights, compiled });
  return compiled;
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
    stored: (value, raw) => builder.stored(value, raw),
    packed: (name) => builder.packed(name),
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
      made = builder.within(scopeOf(node), () =>
        emitFn(
          builder,
          node.fn,
          node.inputs.map((input) => frame.get(input)!),
          pasts,
        ),
      );
    else continue;
    node.results.forEach((result, i) => {
      frame.set(result, made[i]!);
      builder.types.set(made[i]!, result.type);
    });
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
  const own = builder.unique(builder.pathOf(slot.name));
  const packed = host.packed && builder.pack(own, host.packed);
  const name = packed === undefined ? builder.weight(own, host) : builder.widens ? whole(builder, own) : own;
  names.set(host, name);
  return name;
}

function lower(
  emit: Emit,
  node: OpNode,
  inputs: readonly string[],
  types: readonly (Type | undefined)[],
): readonly string[] {
  const { takesPacked, lower } = opNamed(node.op);
  const given = takesPacked ? inputs : inputs.map((name) => whole(emit, name));
  const made = lower(emit, given, node.params, types as Type[]);
  return typeof made === "string" ? [made] : made;
}
