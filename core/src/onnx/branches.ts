/** Branches of a file whose condition is known when it is read: the one that is taken stands in their place. */
import { create } from "@bufbuild/protobuf";
import {
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from "onnx-buf";
import { namesMadeIn, namesReadWithin, renameNode } from "./nested.ts";

/** Inputs that are given when the file is read, so that they choose branches. */
export type Fixed = Readonly<Record<string, boolean>>;

/** Merged decoders run without what came before unless they are told otherwise. */
const usual: Fixed = { use_cache_branch: false };

/** Operators that leave a condition as it is, but for `Not`. */
const passing: readonly string[] = ["Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Not"];

/** How far back a condition is followed. */
const MOST_STEPS = 20;

/** Changes a graph in place. Inputs that only branches not taken have read go. */
export function chooseBranches(graph: GraphProto, fixed: Fixed): void {
  const before = namesReadWithin(graph);
  fix(graph, { ...usual, ...fixed });
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const makers = new Map<string, NodeProto>();
  const taken = new Set(namesMadeIn(graph));
  const left = graph.node.toReversed();
  graph.node = [];
  for (let node = left.pop(); node; node = left.pop()) {
    const want = node.opType === "If" ? decided(node.input[0] ?? "", makers, constants) : undefined;
    const branch = want === undefined ? undefined : branchOf(node, want, taken);
    if (branch) {
      for (const tensor of branch.initializer) constants.set(tensor.name, tensor);
      graph.initializer.push(...branch.initializer);
      left.push(...branch.node.toReversed());
      for (const name of namesMadeIn(branch)) taken.add(name);
      continue;
    }
    for (const name of node.output) makers.set(name, node);
    graph.node.push(node);
  }
  const after = namesReadWithin(graph);
  graph.input = graph.input.filter(({ name }) => after.has(name) || !before.has(name));
}

/** Inputs become constants. */
function fix(graph: GraphProto, fixed: Fixed): void {
  for (const { name, type } of graph.input) {
    if (!Object.hasOwn(fixed, name) || type?.value.case !== "tensorType") continue;
    const dims = (type.value.value.shape?.dim ?? []).map(() => 1n);
    const [dataType, int32Data] = [type.value.value.elemType, [Number(fixed[name])]];
    graph.initializer.push(create(TensorProtoSchema, { name, dims, dataType, int32Data }));
  }
}

/** What a condition is, where it follows from a constant. */
function decided(
  condition: string,
  makers: ReadonlyMap<string, NodeProto>,
  constants: ReadonlyMap<string, TensorProto>,
): boolean | undefined {
  let [name, turned] = [condition, false];
  for (let i = 0; i < MOST_STEPS; i++) {
    const maker = makers.get(name);
    const value = maker?.opType === "Constant" ? maker.attribute[0]?.t : constants.get(name);
    if (value) return isTrue(value) !== turned;
    if (!maker || !passing.includes(maker.opType)) return undefined;
    turned = turned !== (maker.opType === "Not");
    name = maker.input[0] ?? "";
  }
  return undefined;
}

const isTrue = ({ rawData, int32Data, int64Data }: TensorProto): boolean =>
  rawData.some(Boolean) || int32Data.some(Boolean) || int64Data.some(Boolean);

/** The nodes of a branch, with its results named as those of the condition, and all else by names that are free. */
function branchOf(node: NodeProto, want: boolean, taken: ReadonlySet<string>): GraphProto | undefined {
  const branch = node.attribute.find(({ name }) => name === (want ? "then_branch" : "else_branch"))?.g;
  if (!branch) return undefined;
  const own = new Set(namesMadeIn(branch));
  const names = new Map<string, string>();
  const copies: [from: string, to: string][] = [];
  for (const [i, { name }] of branch.output.entries()) {
    const wanted = node.output[i];
    if (!wanted) continue;
    if (own.has(name) && !names.has(name)) names.set(name, wanted);
    else copies.push([names.get(name) ?? name, wanted]);
  }
  const rename = (name: string): string =>
    names.get(name) ?? (own.has(name) && taken.has(name) ? `${node.output[0]}.${name}` : name);
  for (const one of branch.node) renameNode(one, rename);
  for (const one of branch.initializer) one.name = rename(one.name);
  for (const [from, to] of copies)
    branch.node.push(create(NodeProtoSchema, { opType: "Identity", input: [from], output: [to] }));
  return branch;
}
