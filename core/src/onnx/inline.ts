/** Functions that a file brings along, written out where they are called. */
import { clone, create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
} from "onnx-buf";
import { ValueError } from "../base/errors.ts";
import { graphsIn, nestedGraphs, renameNode } from "./nested.ts";

/** Nodes of the largest graph that is read: a block of a large model has about a hundred. */
export const MOST_NODES = 50_000;

/** @throws ValueError when a model has more nodes than are read */
export function requireFew(count: number): void {
  if (count > MOST_NODES) throw new ValueError(`it has more than ${MOST_NODES} nodes, and no more are read`);
}

type Called = Pick<NodeProto, "domain" | "opType" | "overload">;
const keyOf = ({ domain, opType, overload }: Called): string =>
  [domain === "ai.onnx" ? "" : domain, opType, overload].join(" ");

/**
 * Changes a model in place.
 * @returns the opset of each node that comes out of a function, where it is not the model's
 * @throws ValueError for a function that calls itself, and when too many nodes come out
 */
export function inlineFunctions(model: ModelProto): ReadonlyMap<NodeProto, number> {
  const opsets = new Map<NodeProto, number>();
  const functions = new Map(
    model.functions.map((one) => [
      keyOf({ domain: one.domain, opType: one.name, overload: one.overload }),
      one,
    ]),
  );
  if (!functions.size || !model.graph) return opsets;
  const weights = new Set(model.graph.initializer.map(({ name }) => name));
  const inliner = new Inliner(functions, opsets, weights);
  for (const graph of nestedGraphs(model.graph)) graph.node = inliner.written(graph.node);
  return opsets;
}

class Inliner {
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  readonly #opsets: Map<NodeProto, number>;
  readonly #weights: ReadonlySet<string>;
  #calls = 0;
  #nodes = 0;

  constructor(
    functions: ReadonlyMap<string, FunctionProto>,
    opsets: Map<NodeProto, number>,
    weights: ReadonlySet<string>,
  ) {
    this.#functions = functions;
    this.#opsets = opsets;
    this.#weights = weights;
  }

  /** @param within the functions that are being written */
  written(nodes: readonly NodeProto[], within: readonly FunctionProto[] = []): NodeProto[] {
    return nodes.flatMap((node) => {
      requireFew(++this.#nodes);
      const called = this.#functions.get(keyOf(node));
      if (!called) return [node];
      if (within.includes(called)) throw new ValueError(`its function '${called.name}' calls itself`);
      return this.written(this.#bodyOf(called, node), [...within, called]);
    });
  }

  #bodyOf(called: FunctionProto, call: NodeProto): NodeProto[] {
    const count = this.#calls++;
    const prefix = `${called.name}.${count}.`;
    const own = pathOf(call.input.filter((name) => this.#weights.has(name)));
    const scope = own || scopeOf(call.name);
    const names = new Map(called.input.map((name, i) => [name, call.input[i] ?? ""]));
    const copies: NodeProto[] = [];
    for (const [i, name] of called.output.entries()) {
      const wanted = call.output[i];
      if (!wanted) continue;
      const known = names.get(name);
      if (known === undefined) names.set(name, wanted);
      else copies.push(create(NodeProtoSchema, { opType: "Identity", input: [known], output: [wanted] }));
    }
    const rename = (name: string): string => names.get(name) ?? (name && prefix + name);
    const opset = called.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version;
    const body = called.node.map((one) => {
      const node = clone(NodeProtoSchema, one);
      fillAttributes(node, called, call);
      renameNode(node, rename);
      node.name = nameWithin(scope, node, count);
      if (!node.metadataProps.length) node.metadataProps = call.metadataProps;
      if (opset !== undefined) this.#opsets.set(node, Number(opset));
      return node;
    });
    return [...body, ...copies];
  }
}

/** Attributes that stand for the function's own become those of the call, or what the function has for them. */
function fillAttributes(node: NodeProto, called: FunctionProto, call: NodeProto): void {
  node.attribute = node.attribute.flatMap((one): AttributeProto[] => {
    if (!one.refAttrName) return [one];
    const given = [...call.attribute, ...called.attributeProto].find(({ name }) => name === one.refAttrName);
    if (!given) return [];
    const filled = clone(AttributeProtoSchema, given);
    filled.name = one.name;
    return [filled];
  });
  for (const graph of graphsIn(node)) for (const inner of graph.node) fillAttributes(inner, called, call);
}

/** The modules that a name tells: `/blocks.0/up/` of `/blocks.0/up/MatMul`. */
const scopeOf = (name: string): string => /^\/(.*\/)?/.exec(name)?.[0] ?? "";

/** The module whose weights a function is given, as a name of a node in it: `/blocks.0/up/` of `blocks.0.up.weight` and its bias. */
function pathOf(weights: readonly string[]): string {
  const [first = [], ...others] = weights.map((name) => name.split(".").slice(0, -1));
  const end = first.findIndex((part, i) => others.some((path) => path[i] !== part));
  const path = first.slice(0, end < 0 ? first.length : end).join(".");
  return path && `/${path.match(/[^.]+(\.\d+)*/g)!.join("/")}/`;
}

/** What comes out of a function stands in the modules of its call, by a name that no other call gives. */
function nameWithin(scope: string, node: NodeProto, count: number): string {
  const own = node.name || (scope ? node.opType : "");
  return own && `${own.startsWith("/") ? "" : scope}${own}_${count}`;
}
