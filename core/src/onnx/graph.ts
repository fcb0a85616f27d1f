/** An ONNX graph as plain data, before it becomes bytes. Knows nothing of protobuf. */
import type { Attribute } from "../ops/spec.ts";
import type { Host } from "../tensor/host.ts";
import type { DType } from "../tensor/type.ts";

export interface Graph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly Initializer[];
}

/** A size is a number, a name (the same name, the same size), or null when nothing is known. */
export interface ValueInfo {
  readonly name: string;
  /** Absent where the runtime is to find it. */
  readonly dtype: DType | undefined;
  readonly shape: readonly (number | string | null)[];
}

export interface OnnxNode {
  readonly operator: string;
  /** "" is ONNX's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Attributes that are graphs, such as the branches of an If; they see the values of the graph around them. */
  readonly graphs?: Readonly<Record<string, Graph>>;
  /** For people, and for trees: the modules around it, `/model/layers.0/mlp/MatMul`. */
  readonly name?: string;
}

/** What a node reads, and the graphs of a file that it holds. */
export const readBy = ({ inputs, attributes }: OnnxNode): string[] => [
  ...inputs,
  ...Object.values(attributes).flatMap((one) =>
    typeof one === "object" && "proto" in one ? Object.values(one.names ?? {}) : [],
  ),
];

/** The graph without the nodes and weights that no output needs. */
export function withoutSpare(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    nodes.push(node);
    for (const name of readBy(node)) needed.add(name);
  }
  return {
    ...graph,
    nodes: nodes.reverse(),
    initializers: graph.initializers.filter(({ name }) => needed.has(name)),
  };
}

/** The nodes of a graph, and of those within it. */
export const allNodes = ({ nodes }: Graph): OnnxNode[] =>
  nodes.flatMap((node) => [node, ...Object.values(node.graphs ?? {}).flatMap(allNodes)]);

/** A weight or constant: left in its file when it has a source, else written into the model. */
export interface Initializer {
  readonly name: string;
  readonly value: Host;
  /** 16-bit floats as they lie in the file. They are declared as inputs, too, as ONNX Runtime would widen constants at once. */
  readonly raw?: boolean;
}
