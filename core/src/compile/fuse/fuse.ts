/** Fewer nodes for the untouched parts of a model, to the same bits: each costs ONNX Runtime a call. */
import { allNodes, type Graph, readBy } from "../../onnx/graph.ts";
import { fuseEqual } from "./equal.ts";
import { fuseHeads } from "./heads.ts";
import { fuseProducts } from "./products.ts";

export function fuse(graph: Graph): Graph {
  const fused = fuseHeads(fuseProducts(fuseEqual(graph)));
  const read = new Set(allNodes(fused).flatMap(readBy));
  return { ...fused, initializers: fused.initializers.filter(({ name }) => read.has(name)) };
}
