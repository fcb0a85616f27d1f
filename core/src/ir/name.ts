/** Names of nodes as NNsight gives them, for people: `InterventionProtocol_0`, `ne_0`. */
import type { Node } from "./node.ts";

/** NNsight's name of a node: its target and how many of the same came before it. */
export function nodeName(node: Node, nodes: readonly Node[]): string {
  const target = targetOf(node);
  let before = 0;
  for (const other of nodes) {
    if (other === node) break;
    if (targetOf(other) === target) before++;
  }
  return `${target}_${before}`;
}

function targetOf(node: Node): string {
  if (node.kind === "op") return node.op;
  if (node.kind === "hook") return "InterventionProtocol";
  if (node.kind === "apply") return node.name;
  if (node.kind === "given" || node.kind === "take") return "BridgeProtocol";
  if (node.kind === "region") return node.body.kind === "loop" ? "IteratorProtocol" : "TraceProtocol";
  if (node.kind === "decide" || node.kind === "merge") return "ConditionalProtocol";
  if (node.kind === "gradient") return "GradientProtocol";
  return node.kind === "call" ? "ApplyModuleProtocol" : "ValueProtocol";
}
