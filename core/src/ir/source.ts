/** The operations of a module's body by name: `softmax_0` is its first softmax, `gate_proj_0` its first call of that child. */
import { rawName } from "../ops/raw.ts";
import type { Fn } from "./fn.ts";
import type { Call, OpNode } from "./node.ts";

export interface Operation {
  readonly name: string;
  /** The op or, of a model file, the operator; of a call the class of the module. */
  readonly kind: string;
  readonly node: OpNode | Call;
  /** Its place among the nodes of the body. */
  readonly position: number;
}

const known = new WeakMap<Fn, readonly Operation[]>();

/** In the order in which they run. Numbers count the operations of one name, from 0. */
export function operationsOf(fn: Fn): readonly Operation[] {
  const found = known.get(fn);
  if (found) return found;
  const counts = new Map<string, number>();
  const made = fn.nodes.flatMap((node, position): Operation[] => {
    if (node.kind !== "op" && node.kind !== "call") return [];
    // A place is a value with a name of its own already.
    if (node.kind === "call" && node.fn.place) return [];
    const [name, kind] =
      node.kind === "call" ? [node.callee.replaceAll(".", "_"), node.fn.name] : namesOf(node);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return [{ name: `${name}_${count}`, kind, node, position }];
  });
  known.set(fn, made);
  return made;
}

function namesOf({ op, params }: OpNode): [name: string, kind: string] {
  const name = op === rawName ? String(params["operator"]) : op;
  return [name, name];
}

/** How an operation is called in hooks, as if it were a module: `model.layers.0.mlp.source.mul_0`. */
export const operationPath = (module: string, name: string): string =>
  `${module ? `${module}.` : ""}source.${name}`;

/** The op of the body of the module at `prefix` that a path means. */
export function operationAt(fn: Fn, prefix: string, path: string): Operation | undefined {
  const start = operationPath(prefix, "");
  if (!path.startsWith(start)) return undefined;
  const name = path.slice(start.length);
  return operationsOf(fn).find((one) => one.name === name && one.node.kind === "op");
}

/** An op as a call: its operands are the arguments. */
export function asCall({ node, kind }: Operation): Fn {
  const operands = (node.inputs as OpNode["inputs"]).filter((input) => input !== undefined);
  const [first, ...more] = node.results;
  return {
    name: kind,
    inputs: [],
    args: [operands, {}],
    nodes: [],
    output: more.length ? node.results : first,
  };
}
