/** Sums of the parts of two values that are split alike, as the parts of their sum: what joined products with offsets leave. */
import type { Graph, OnnxNode } from "../../onnx/graph.ts";

export function fuseSums(graph: Graph): Graph {
  const splits = graph.nodes.filter(({ operator }) => operator === "Split");
  const sizesOf = ({ inputs }: OnnxNode): string =>
    String(graph.initializers.find(({ name }) => name === inputs[1])?.value.data);
  const given = new Set(graph.outputs.map(({ name }) => name));
  const read = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes)
    for (const name of node.inputs) read.set(name, [...(read.get(name) ?? []), node]);

  /** What stands in for a node. */
  const made = new Map<OnnxNode, readonly OnnxNode[]>();
  for (const [i, right] of splits.entries())
    for (const left of splits.slice(0, i)) {
      const sums = left.outputs.flatMap((name) => read.get(name) ?? []);
      const alike =
        ![...left.outputs, ...right.outputs].some((name) => given.has(name)) &&
        left.outputs.length === right.outputs.length &&
        left.attributes["axis"] === right.attributes["axis"] &&
        sizesOf(left) === sizesOf(right) &&
        sums.length === left.outputs.length &&
        sums.every(({ operator, inputs }, part) => {
          const [one, other] = [left.outputs[part]!, right.outputs[part]!];
          return (
            operator === "Add" && inputs[0] === one && inputs[1] === other && read.get(other)!.length === 1
          );
        });
      if (!alike) continue;
      const whole = `${sums[0]!.outputs[0]}_whole`;
      for (const one of [left, ...sums]) made.set(one, []);
      made.set(right, [
        { ...sums[0]!, inputs: [left.inputs[0]!, right.inputs[0]!], outputs: [whole] },
        { ...right, inputs: [whole, right.inputs[1]!], outputs: sums.map(({ outputs }) => outputs[0]!) },
      ]);
    }
  return { ...graph, nodes: graph.nodes.flatMap((node) => made.get(node) ?? [node]) };
}
