/** Nodes that compute the same from the same, as one. */
import type { Graph, OnnxNode } from "../../onnx/graph.ts";

/** What gives other numbers each time. */
const draws = /^(Random|Bernoulli|Multinomial|Dropout)/;

export function fuseEqual(graph: Graph): Graph {
  const given = new Set(graph.outputs.map(({ name }) => name));
  const known = new Map<string, OnnxNode>();
  const renamed = new Map<string, string>();
  const nodes: OnnxNode[] = [];
  for (const one of graph.nodes) {
    const node = { ...one, inputs: one.inputs.map((name) => renamed.get(name) ?? name) };
    const key = JSON.stringify([
      node.domain,
      node.operator,
      node.inputs,
      node.attributes,
      node.outputs.length,
    ]);
    const same = known.get(key);
    if (same && !draws.test(node.operator) && !node.outputs.some((name) => given.has(name)))
      for (const [i, name] of node.outputs.entries()) renamed.set(name, same.outputs[i]!);
    else {
      known.set(key, same ?? node);
      nodes.push(node);
    }
  }
  return { ...graph, nodes };
}
