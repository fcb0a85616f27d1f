/** The types of all values of a graph, found by ONNX Runtime from the types of its inputs alone: nothing is run, no weights are read. */
import * as ort from "onnxruntime-node";
import { ValueError } from "../base/errors.ts";
import { encode } from "../onnx/encode.ts";
import type { Graph, Initializer, ValueInfo } from "../onnx/graph.ts";
import { type DType, dtypeNames } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/host.ts";
import type { Dim, Type } from "../tensor/type.ts";
import { zeros } from "./values.ts";

/** Constants up to so many values may be sizes, which types follow from. */
const SMALL = 64;

/** What is known of a graph besides its nodes. */
export interface Hints {
  /** Named sizes that are sums of others, such as that of all positions of those before and those given. */
  readonly sums?: ReadonlyMap<string, readonly string[]>;
  /** Whether it holds loops or branches, after which even the number of axes only shows in a run: one with zeros. */
  readonly closed?: boolean;
}

/**
 * The type of every value that nodes make. Named sizes of the inputs are followed by trying several numbers for each, as
 * rules for symbols lose them at a Reshape; sizes that follow from none of them get names of their own.
 * @throws ValueError when ONNX Runtime refuses the graph
 */
export async function typesIn(
  nodes: Graph["nodes"],
  inputs: readonly ValueInfo[],
  weights: readonly Initializer[],
  { sums = new Map(), closed = false }: Hints = {},
): Promise<Map<string, Type>> {
  const symbolic = await typesOf(nodes, inputs, weights);
  const names = [
    ...new Set(inputs.flatMap(({ shape }) => shape.filter((size) => typeof size === "string"))),
  ].filter((name) => !sums.has(name));
  if (!closed && (names.length === 0 || [...symbolic.values()].every(isKnown))) return symbolic;
  const first = new Map(names.map((name, i) => [name, 3 + 2 * i]));
  const tries = [first, ...names.map((name, i) => new Map([...first, [name, 4 + 2 * i]]))];
  const found: Map<string, Type>[] = [];
  for (const sizes of tries) {
    for (const [name, parts] of sums)
      sizes.set(
        name,
        parts.reduce((sum, part) => sum + (sizes.get(part) ?? 0), 0),
      );
    const bound = inputs.map((one) => ({
      ...one,
      shape: one.shape.map((size) => (typeof size === "string" ? sizes.get(size)! : size)),
    }));
    const types = await typesOf(nodes, bound, weights, closed).catch(() => undefined);
    // Some sizes may not go together: then what the symbols tell is all that is known.
    if (!types) return symbolic;
    found.push(types);
  }
  const shapes = closed ? found[0]! : symbolic;
  return new Map([...shapes].map(([name, type]) => [name, agreed(name, type, tries, found)]));
}

const isKnown = ({ shape }: Type): boolean => shape.every((dim) => typeof dim === "number");

/** Sizes that are the same in all tries are numbers, those that go with one name have that name. */
function agreed(
  name: string,
  { dtype, shape }: Type,
  tries: readonly ReadonlyMap<string, number>[],
  found: readonly ReadonlyMap<string, Type>[],
): Type {
  const dims = shape.map((dim, axis): Dim => {
    const seen = found.map((types) => types.get(name)!.shape[axis]!);
    if (seen.some((size) => typeof size !== "number")) return dim;
    if (seen.every((size) => size === seen[0])) return seen[0]!;
    const axisName = [...tries[0]!.keys()].find((one) =>
      tries.every((sizes, i) => sizes.get(one) === seen[i]),
    );
    return { name: axisName ?? `${name}.${axis}` };
  });
  return { dtype, shape: dims };
}

/** @param running whether to look at values of a run, with zeros for inputs and weights, rather than at what is declared */
async function typesOf(
  nodes: Graph["nodes"],
  inputs: readonly ValueInfo[],
  weights: readonly Initializer[],
  running = false,
): Promise<Map<string, Type>> {
  const small = weights.filter(({ value }) => sizeOf(value.shape) <= SMALL && !value.source);
  const large = weights.filter((one) => !small.includes(one));
  const names = nodes.flatMap(({ outputs }) => outputs.filter(Boolean));
  const graph: Graph = {
    nodes,
    inputs: [
      ...inputs,
      ...large.map(({ name, value: { dtype, shape } }): ValueInfo => ({ name, dtype, shape })),
    ],
    initializers: small,
    outputs: names.map((name) => ({ name, dtype: undefined, shape: [] })),
  };
  const session = await ort.InferenceSession.create(encode(graph), {
    graphOptimizationLevel: "basic",
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  }).catch((cause: Error) => {
    throw new ValueError(`ONNX Runtime refuses it: ${cause.message}`, { cause });
  });
  try {
    if (!running) return new Map(session.outputMetadata.map((one) => [one.name, typeOf(one)]));
    const made = await session.run(Object.fromEntries(graph.inputs.map((one) => [one.name, zerosFor(one)])));
    return new Map(
      Object.entries(made).map(([name, { type, dims }]) => [name, { dtype: type as DType, shape: dims }]),
    );
  } finally {
    await session.release();
  }
}

const zerosFor = ({ dtype, shape }: ValueInfo): ort.Tensor =>
  zeros(
    dtype!,
    shape.map((size) => Number(size ?? 1)),
  );

function typeOf(one: ort.InferenceSession.ValueMetadata): Type {
  if (!one.isTensor || !dtypeNames.includes(one.type as DType))
    throw new ValueError(`'${one.name}' is ${one.isTensor ? one.type : "no tensor"}, which is not read`);
  return {
    dtype: one.type as DType,
    shape: one.shape.map((size, axis) =>
      typeof size === "number" && size >= 0
        ? size
        : { name: typeof size === "string" && size ? size : `${one.name}.${axis}` },
    ),
  };
}
