/** Going back through an untouched function: with what it computed on the way there once more, or with its products taken over. */
import { leavesOf } from "../../base/tree.ts";
import { type Fn, slotsOf } from "../../ir/fn.ts";
import { isResult, type Slot } from "../../ir/node.ts";
import { GraphBuilder } from "../../onnx/builder.ts";
import { type Graph, readBy, withoutSpare } from "../../onnx/graph.ts";
import type { Host } from "../../tensor/host.ts";
import type { Type } from "../../tensor/type.ts";
import { emitFn, weightIn } from "../body.ts";
import { type Compiled, finished, inputOf, outputOf } from "../compiled.ts";
import type { Graphlet } from "../cut.ts";
import type { BackwardStep, CallStep, Step, Var } from "../step.ts";
import { emitBackward, type Forward } from "./backward.ts";
import { differentiate } from "./differentiate.ts";

/** What a product of a function makes that going back reads. */
export interface Kept {
  /** Its place among the products of the function. */
  readonly place: number;
  readonly type: Type;
}

const known = new WeakMap<Fn, readonly Kept[]>();

/** What going back through a function can take over instead of computing it once more; nothing where no way back is known. */
export function keptIn(fn: Fn): readonly Kept[] {
  const found = known.get(fn) ?? keptBy(fn);
  known.set(fn, found);
  return found;
}

function keptBy(fn: Fn): Kept[] {
  const builder = new GraphBuilder();
  builder.widens = true;
  const inputs = fn.inputs.map(({ results }, i) => inputOf(builder, `in${i}`, results[0]!.type, false));
  const isFloat = (name: string): boolean => builder.types.get(name)?.dtype === "float32";
  const products: string[] = [];
  const outputs = emitFn(builder, fn, inputs, { products }).filter(isFloat);
  if (products.length === 0) return [];
  const given = new Map(outputs.map((name) => [name, [builder.input(`of_${name}`, "float32", [])]]));
  try {
    for (const made of differentiate(builder, given, inputs.filter(isFloat), "float32").values())
      builder.output(made, "float32", []);
  } catch {
    // Who asks for gradients is told.
    return [];
  }
  const read = new Set(withoutMakers(builder.graph(), products).nodes.flatMap(readBy));
  return products.flatMap((name, place) =>
    read.has(name) ? [{ place, type: builder.types.get(name)! }] : [],
  );
}

/** A graph in which some values are given. */
function withoutMakers(graph: Graph, values: readonly string[]): Graph {
  const taken = new Set(values);
  const nodes = graph.nodes.filter(({ outputs }) => !outputs.some((name) => taken.has(name)));
  return withoutSpare({ ...graph, nodes });
}

const written = new WeakMap<
  Fn,
  Map<string, { readonly weights: readonly Host[]; readonly compiled: Compiled }>
>();

/**
 * Written once for a function, for each set of gradients that are given and wanted.
 * @param over whether what was kept is an input, after those of the piece
 */
export function emitBackwardCall(
  piece: Graphlet,
  step: BackwardStep,
  { fn, inputs, outputs }: CallStep,
  over: boolean,
): Compiled {
  const weights = slotsOf(fn).map((slot) => slot.read());
  const place = (one: Var | Slot): number =>
    "type" in one ? inputs.indexOf(one) : inputs.length + weights.indexOf(one.read());
  const pattern = JSON.stringify([
    step.given.map(({ of }) => outputs.indexOf(of)),
    step.wanted.map(place),
    [...inputs, ...step.given.map(({ grad }) => grad)].map((one) => one && piece.inputs.indexOf(one)),
    piece.outputs.map((output) => step.outputs.indexOf(output)),
    over,
  ]);
  const all = written.get(fn) ?? new Map();
  written.set(fn, all);
  const found = all.get(pattern);
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
  const products: string[] = [];
  emitBackward(builder, step, names, calling(fn, products));
  const given = new Set<string>();
  const made = piece.outputs.map((output) => outputOf(builder, names.get(output)!, output.type, given));
  const kept = (over ? keptIn(fn) : []).map(({ place, type }) => ({ name: products[place]!, type }));
  const taken = kept.map(({ name }) => name);
  const graph = withoutMakers(builder.graph(), taken);
  for (const { name, type } of kept) inputOf(builder, name, type, false);
  const whole = { ...graph, inputs: builder.graph().inputs };
  const compiled = finished(builder, whole, [...fed, ...taken], made, false);
  all.set(pattern, { weights, compiled });
  return compiled;
}

/** How the one step is written that calls the function, with what its products make noted. */
const calling = (fn: Fn, products: string[]): Forward => ({
  step: (builder, { inputs, outputs }: Step, names) => {
    const passed = inputs.map((input) => (input ? names.get(input)! : ""));
    const made = emitFn(builder, fn, passed, { products });
    for (const [i, output] of outputs.entries()) names.set(output, made[i]!);
  },
  name: (_, value, names) => names.get(value)!,
  weight: weightIn,
});
