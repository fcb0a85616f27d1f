/** A module as a function: arguments, a body of nodes and calls, and results. A model is a tree of them. */
import type { Tree } from "../base/tree.ts";
import type { Call, Input, Node, Result } from "./node.ts";
import type { Time } from "./time.ts";

export interface Fn {
  /** The class of the module, for people. */
  readonly name: string;
  readonly inputs: readonly Input[];
  /** `[args, kwargs]` with the inputs' results as leaves. */
  readonly args: Tree<Result>;
  readonly nodes: readonly Node[];
  readonly output: Tree<Result>;
}

export const join = (path: string, name: string): string => (path && name ? `${path}.${name}` : path || name);

/** A call found in a model, with the module time just before its body; the time after it ends in Infinity. */
export interface Found {
  readonly fn: Fn;
  readonly call?: Call;
  readonly at: readonly number[];
}

/** The calls of the module at `path`, in module time. Bodies that cannot hold one are not looked into. */
export function findCalls(root: Fn, path: string): Found[] {
  if (path === "") return [{ fn: root, at: [] }];
  const found: Found[] = [];
  const walk = (fn: Fn, prefix: string, at: readonly number[]): void => {
    for (const [position, node] of fn.nodes.entries()) {
      if (node.kind !== "call") continue;
      const full = join(prefix, node.callee);
      const place = [...at, position];
      if (full === path) found.push({ fn: node.fn, call: node, at: place });
      else if (path.startsWith(`${full}.`)) walk(node.fn, full, place);
    }
  };
  walk(root, "", []);
  return found;
}

/** When an edge of a found call is reached. */
export const timeOf = (found: Found, edge: "inputs" | "output"): Time => [
  ...found.at,
  edge === "inputs" ? -1 : Number.POSITIVE_INFINITY,
];
