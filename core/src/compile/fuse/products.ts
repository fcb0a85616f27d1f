/** Products of one value with weights that lie side by side in their file as one product, whose result is split. */
import type { Graph, Initializer, OnnxNode } from "../../onnx/graph.ts";
import type { Host } from "../../tensor/host.ts";
import { follows, joinedRows } from "./rows.ts";

/** A product, and all that it takes beside the value. */
interface Product {
  readonly node: OnnxNode;
  readonly weights: readonly Host[];
}

/** Fewer and larger products, to the same bits, without a copy of the weights. */
export function fuseProducts(graph: Graph): Graph {
  const runs = siblings(graph).flatMap(sideBySide);
  return runs.reduce(fuse, graph);
}

/** Products of the same value, of which each row of the weights makes one column. */
function siblings({ nodes, initializers }: Graph): Product[][] {
  const stored = new Map(
    initializers.filter(({ value, raw }) => value.source && !raw).map(({ name, value }) => [name, value]),
  );
  const groups = new Map<string, Product[]>();
  for (const node of nodes) {
    const [value, ...names] = node.inputs;
    const weights = names.flatMap((name) => stored.get(name) ?? []);
    if (!isProduct(node) || weights.length < names.length) continue;
    const key = JSON.stringify([value, node.operator, { ...node.attributes, N: 0 }]);
    groups.set(key, [...(groups.get(key) ?? []), { node, weights }]);
  }
  return [...groups.values()];
}

const isProduct = ({ operator, attributes }: OnnxNode): boolean =>
  operator === "MatMulNBits" || (operator === "FusedMatMul" && attributes["transB"] === 1);

/** Those of a group, two or more, whose weights follow each other in their file. */
function sideBySide(group: readonly Product[]): Product[][] {
  const runs: Product[][] = [];
  for (const one of group.toSorted((a, b) => startOf(a) - startOf(b))) {
    const before = runs.at(-1)?.at(-1);
    if (before?.weights.every((weight, i) => follows(weight, one.weights[i]!))) runs.at(-1)!.push(one);
    else runs.push([one]);
  }
  return runs.filter(({ length }) => length > 1);
}

const startOf = ({ weights }: Product): number => weights[0]!.source!.offset;

function fuse(graph: Graph, run: readonly Product[]): Graph {
  const nodes = run.map(({ node }) => node);
  const first = graph.nodes.find((node) => nodes.includes(node))!;
  const name = `${first.outputs[0]}_fused`;
  const weights = first.inputs.slice(1).map((_, i): Initializer => {
    return { name: `${name}_weight_${i}`, value: joinedRows(run.map((one) => one.weights[i]!)) };
  });
  const columns = run.map((one) => BigInt(one.weights[0]!.shape[0]!));
  const sizes: Initializer = {
    name: `${name}_sizes`,
    value: { dtype: "int64", shape: [run.length], data: BigInt64Array.from(columns) },
  };
  const product: OnnxNode = {
    ...first,
    inputs: [first.inputs[0]!, ...weights.map((one) => one.name)],
    outputs: [name],
    attributes: { ...first.attributes, ...("N" in first.attributes && { N: weights[0]!.value.shape[0]! }) },
  };
  const split: OnnxNode = {
    operator: "Split",
    domain: "",
    inputs: [name, sizes.name],
    outputs: nodes.map(({ outputs }) => outputs[0]!),
    attributes: { axis: -1 },
  };
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node) =>
      node === first ? [product, split] : nodes.includes(node) ? [] : [node],
    ),
    initializers: [...graph.initializers, ...weights, sizes],
  };
}
