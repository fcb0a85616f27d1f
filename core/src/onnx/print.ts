/** A graph as text, one line a node, for people and snapshots. */
import type { Attribute } from "../ops/spec.ts";
import type { Host } from "../tensor/host.ts";
import type { Graph, OnnxNode, ValueInfo } from "./graph.ts";

/** The whole graph: inputs, weights and constants, nodes, outputs. */
export function printGraph(graph: Graph): string {
  const lines = [
    ...graph.inputs.map((info) => `input ${printInfo(info)}`),
    ...graph.initializers.map(({ name, value }) => `${name} = ${printValue(value)}`),
    ...graph.nodes.map(printNode),
    ...graph.outputs.map((info) => `output ${printInfo(info)}`),
  ];
  return lines.join("\n");
}

/** `y = Softmax(x, axis: -1)`. */
export function printNode({ operator, domain, inputs, outputs, attributes }: OnnxNode): string {
  const given = [
    ...inputs.map((name) => name || "_"),
    ...Object.entries(attributes).map(([name, value]) => `${name}: ${printAttribute(value)}`),
  ];
  return `${outputs.join(", ")} = ${domain === "" ? "" : `${domain}.`}${operator}(${given.join(", ")})`;
}

function printAttribute(value: Attribute): string {
  if (typeof value === "number" || typeof value === "string") return String(value);
  if ("proto" in value) return "…";
  return "float" in value ? String(value.float) : `[${value.join(", ")}]`;
}

const printInfo = ({ name, dtype, shape }: ValueInfo): string =>
  `${name} ${dtype}[${shape.map((size) => size ?? "?").join(", ")}]`;

function printValue(value: Host): string {
  const head = `${value.dtype}[${value.shape.join(", ")}]`;
  if (value.source !== undefined) return `${head} of ${value.source.path} at ${value.source.offset}`;
  return value.data.length > 8
    ? head
    : `${head} ${Array.from(value.data as ArrayLike<number | bigint>, String).join(" ")}`;
}
