/** In which modules each node of a flat graph stands: by what the exporter says, by names of nodes, else by their neighbours. */
import type { FlatGraph, FlatNode } from "../../onnx/read.ts";
import { renamed } from "./renames.ts";

/** The modules around a node, outermost first, each by its path from the one before: `["blocks.0", "attn", "qkv"]`. */
export type Steps = readonly string[];

export interface Scoped {
  readonly node: FlatNode;
  readonly steps: Steps;
}

type Graph = Pick<FlatGraph, "nodes" | "weights" | "producer">;

/**
 * The steps of every node, and the class of each module by its path, where the file tells it. A node that holds graphs of
 * its own, such as a loop, is a module of its operator's name.
 */
export function scopesOf(graph: Graph): { scoped: Scoped[]; classes: Map<string, string> } {
  const { nodes, producer } = graph;
  const classes = new Map<string, string>();
  const known = new Map<FlatNode, Steps>();
  for (const node of nodes) {
    const steps = node.scopes ? byScopes(node, classes) : byName(node.name);
    if (steps) known.set(node, stepsOf(renamed(steps.join("."), producer), steps));
  }
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const readers = new Map<FlatNode, FlatNode[]>();
  for (const node of nodes)
    for (const input of node.inputs) {
      const maker = makers.get(input);
      if (!maker) continue;
      const known = readers.get(maker);
      if (known) known.push(node);
      else readers.set(maker, [node]);
    }
  placeByWeights(graph, readers, known);
  for (const node of nodes) {
    if (known.has(node)) continue;
    const around = [...node.inputs.flatMap((input) => makers.get(input) ?? []), ...(readers.get(node) ?? [])];
    known.set(node, common(around.flatMap((one) => (known.has(one) ? [known.get(one)!] : []))));
  }
  for (const [i, node] of nodes.entries()) {
    if (!node.captures) continue;
    const name = (node.name.split("/").at(-1) || `${node.operator}_${i}`).replace(/\W+/g, "_");
    const steps = [...known.get(node)!, name];
    known.set(node, steps);
    classes.set(steps.join("."), node.operator);
  }
  return { scoped: nodes.map((node) => ({ node, steps: known.get(node)! })), classes };
}

/** A path that was changed, in steps; numbers stay with the list that they are in. */
const stepsOf = (path: string, before: Steps): Steps =>
  path === before.join(".") ? before : (path.match(/[^.]+(\.\d+)*/g) ?? []);

/**
 * Nodes that nothing else places stand in the module that a weight is called by, if they alone read it; and a product stands
 * with the bias that is added to it.
 */
function placeByWeights(
  { nodes, weights }: Graph,
  readers: ReadonlyMap<FlatNode, readonly FlatNode[]>,
  known: Map<FlatNode, Steps>,
): void {
  const uses = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const placed = new Set<FlatNode>();
  for (const node of nodes) {
    if (known.has(node)) continue;
    const own = node.inputs.filter((name) => weights.has(name) && uses.get(name) === 1);
    const [path] = own.flatMap(
      (name) => /^([A-Za-z_]\w*(?:\.\w+)*)\.(?:weight|bias|gamma|beta)$/.exec(name)?.[1] ?? [],
    );
    if (path === undefined) continue;
    known.set(node, stepsOf(path, []));
    placed.add(node);
  }
  for (const node of nodes) {
    const [only, another] = readers.get(node) ?? [];
    const adds = only && !another && only.operator === "Add" && placed.has(only);
    if (adds && !known.has(node) && /MatMul|Gemm/.test(node.operator)) known.set(node, known.get(only)!);
  }
}

/** Paths grow from scope to scope; what does not begin as the one before is a module called from elsewhere. */
function byScopes({ scopes = [], classes = [] }: FlatNode, found: Map<string, string>): Steps {
  const steps: string[] = [];
  let before = "";
  for (const [i, path] of scopes.entries()) {
    const name = classes[i]?.split(".").at(-1);
    if (path.startsWith("_empty_nn_module_stack")) return [];
    if (name) found.set(path, name);
    if (path === before) continue;
    steps.push(before && path.startsWith(`${before}.`) ? path.slice(before.length + 1) : path);
    before = path;
  }
  return steps;
}

/** `/blocks.0/attn/qkv/MatMul` is in `blocks.0`, `attn`, `qkv`; a Sequential's part repeats its name: `/mlp/mlp.0/MatMul`. */
function byName(name: string): Steps | undefined {
  if (!name.startsWith("/")) return undefined;
  const parts = name.split("/").slice(1, -1).filter(Boolean);
  return parts.map((part, i) => {
    const before = parts[i - 1];
    return before && part.startsWith(`${before}.`) ? part.slice(before.length + 1) : part;
  });
}

/** The modules that all of these are in. */
function common(all: readonly Steps[]): Steps {
  const [first = [], ...others] = all;
  const end = first.findIndex((step, i) => others.some((steps) => steps[i] !== step));
  return end < 0 ? first : first.slice(0, end);
}
