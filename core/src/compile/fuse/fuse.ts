/** Fewer nodes for the untouched parts of a model, to the same bits: each costs ONNX Runtime a call. */
import { type Graph, withoutSpare } from "../../onnx/graph.ts";
import { fuseEqual } from "./equal.ts";
import { fuseHeads } from "./heads.ts";
import { fuseProducts } from "./products.ts";
import { fuseSums } from "./sums.ts";

/** @param graph without graphs in its nodes */
export const fuse = (graph: Graph): Graph =>
  withoutSpare(fuseHeads(fuseSums(fuseProducts(fuseEqual(graph)))));
