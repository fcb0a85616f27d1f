/** Graphs within graphs of a file, as branches and loops have them: what is in them, and what their names are. */
import { type GraphProto, AttributeProto_AttributeType as Kind, type NodeProto } from "onnx-buf";
import { ValueError } from "../base/errors.ts";

/** Levels of graphs within graphs that are read. */
const MOST_LEVELS = 50;

/** The graphs that a node holds. */
export const graphsIn = ({ attribute }: NodeProto): GraphProto[] =>
  attribute.flatMap(({ type, g, graphs }) =>
    type === Kind.GRAPH ? (g ? [g] : []) : type === Kind.GRAPHS ? graphs : [],
  );

/** A graph and those within it, each before its own. @throws ValueError when they are nested without end */
export function* nestedGraphs(graph: GraphProto, levels = MOST_LEVELS): Generator<GraphProto> {
  if (levels === 0) throw new ValueError("its branches and loops are nested without end");
  yield graph;
  for (const node of graph.node) for (const inner of graphsIn(node)) yield* nestedGraphs(inner, levels - 1);
}

/** What a graph makes or is given itself. */
export const namesMadeIn = ({ input, initializer, node }: GraphProto): string[] => [
  ...[...input, ...initializer].map(({ name }) => name),
  ...node.flatMap(({ output }) => output),
];

/** What a graph gives and its nodes read, without those of the graphs that they hold. */
const namesReadIn = ({ node, output }: GraphProto): string[] => [
  ...node.flatMap(({ input }) => input),
  ...output.map(({ name }) => name),
];

/** All that is read in a graph and those within it, in the order of its first use. */
export const namesReadWithin = (graph: GraphProto): Set<string> =>
  new Set([...nestedGraphs(graph)].flatMap(namesReadIn));

/** What the graphs of a node read of those around it, in the order of its first use. */
export function capturedBy(node: NodeProto): string[] {
  const graphs = graphsIn(node).flatMap((one) => [...nestedGraphs(one)]);
  const made = new Set(graphs.flatMap(namesMadeIn));
  const read = new Set(graphs.flatMap(namesReadIn));
  return [...read].filter((name) => name !== "" && !made.has(name));
}

/** Changes every name in a node and the graphs that it holds. */
export function renameNode(node: NodeProto, rename: (name: string) => string): void {
  node.input = node.input.map(rename);
  node.output = node.output.map(rename);
  renameInside(node, rename);
}

/** Changes every name in the graphs that a node holds. */
export function renameInside(node: NodeProto, rename: (name: string) => string): void {
  for (const graph of graphsIn(node)) renameGraph(graph, rename);
}

export function renameGraph(graph: GraphProto, rename: (name: string) => string): void {
  for (const one of [...graph.input, ...graph.output, ...graph.initializer]) one.name = rename(one.name);
  for (const inner of graph.node) renameNode(inner, rename);
}
