/** A module as a function: arguments, a body of nodes and calls, and results. A model is a tree of them. */
import type { Tree } from "../base/tree.ts";
import type { Call, Input, Node, Result, Slot } from "./node.ts";
import { asCall, operationAt } from "./source.ts";
import type { Time } from "./time.ts";

export interface Fn {
  /** The class of the module, for people. */
  readonly name: string;
  readonly inputs: readonly Input[];
  /** `[args, kwargs]` with the inputs' results as leaves. */
  readonly args: Tree<Result>;
  readonly nodes: readonly Node[];
  readonly output: Tree<Result>;
  /** The same in more steps, with places between them: what is opened when one of those is touched. */
  readonly opened?: Fn;
  /** Whether it only gives back what it is given: a value with a name, where no module stands. */
  readonly place?: true;
}

/** The steps of a function, as far as they can be looked into. */
export const insideOf = ({ fn }: Pick<Call, "fn">): Fn => fn.opened ?? fn;

const slots = new WeakMap<Fn, readonly Slot[]>();

/** The parameters that a function refers to, itself and in what it calls, in the order of its steps. */
export function slotsOf(fn: Fn): readonly Slot[] {
  const known = slots.get(fn);
  if (known) return known;
  const found = fn.nodes.flatMap((node) =>
    node.kind === "weight" ? [node.slot] : node.kind === "call" ? slotsOf(node.fn) : [],
  );
  slots.set(fn, found);
  return found;
}

export const join = (path: string, name: string): string => (path && name ? `${path}.${name}` : path || name);

/** The paths of the modules around one, but for the model itself: `["a", "a.b"]` for `a.b.c`. */
export function modulesAround(path: string): string[] {
  const found: string[] = [];
  for (let end = path.indexOf("."); end >= 0; end = path.indexOf(".", end + 1))
    found.push(path.slice(0, end));
  return found;
}

/** A call found in a model, with the module time just before its body; the time after it ends in Infinity. */
export interface Found {
  readonly fn: Fn;
  readonly call?: Call;
  readonly at: readonly number[];
}

/** The calls of the module, or of the operation, at `path` in a model, in module time. Bodies that cannot hold one are not looked into. */
export function findCalls(root: Fn, path: string): readonly Found[] {
  const known = found.get(root) ?? new Map<string, readonly Found[]>();
  found.set(root, known);
  const calls = known.get(path) ?? (path === "" ? [{ fn: root, at: [] }] : within(root, "", [], path));
  known.set(path, calls);
  return calls;
}

/** What was looked for in each model. */
const found = new WeakMap<Fn, Map<string, readonly Found[]>>();

function within(fn: Fn, prefix: string, at: readonly number[], path: string): Found[] {
  const own = operationAt(fn, prefix, path);
  if (own) return [{ fn: asCall(own), at: [...at, own.position] }];
  const below = path.slice(prefix ? prefix.length + 1 : 0);
  return [...modulesAround(below), below]
    .flatMap((callee) => calledBy(fn).get(callee) ?? [])
    .sort((a, b) => a.position - b.position)
    .flatMap(({ call, position }) => inCall(call, join(prefix, call.callee), [...at, position], path));
}

interface Called {
  readonly call: Call;
  /** Its place among the nodes of the body. */
  readonly position: number;
}

const called = new WeakMap<Fn, ReadonlyMap<string, readonly Called[]>>();

/** The calls of a function's body by the names that it calls them by. */
function calledBy(fn: Fn): ReadonlyMap<string, readonly Called[]> {
  const known = called.get(fn);
  if (known) return known;
  const all = fn.nodes.flatMap((call, position) => (call.kind === "call" ? [{ call, position }] : []));
  const made = Map.groupBy(all, ({ call }) => call.callee);
  called.set(fn, made);
  return made;
}

/** The call itself, if it is of the module at `path`, or those inside it. */
export function inCall(call: Call, full: string, at: readonly number[], path: string): Found[] {
  if (full === path) return [{ fn: call.fn, call, at }];
  return path.startsWith(`${full}.`) ? within(insideOf(call), full, at, path) : [];
}

/** The module that a call enters: none for a place, or a part of one. */
export const scopeOf = ({ callee, fn }: Pick<Call, "callee" | "fn">): readonly string[] =>
  fn.place || fn.opened ? [] : [callee];

/** The path of the first place of this name at or below a module, in the order of the run. */
export function findPlace(root: Fn, module: string, name: string, prefix = ""): string | undefined {
  for (const node of root.nodes) {
    if (node.kind !== "call") continue;
    const full = join(prefix, node.callee);
    if (module !== "" && !isWithin(full, module) && !isWithin(module, full)) continue;
    if (node.fn.place && isWithin(full, module) && (full === name || full.endsWith(`.${name}`))) return full;
    const found = findPlace(insideOf(node), module, name, full);
    if (found !== undefined) return found;
  }
  return undefined;
}

export const isWithin = (path: string, module: string): boolean =>
  module === "" || path === module || path.startsWith(`${module}.`);

/** When an edge of a found call is reached. */
export const timeOf = (found: Pick<Found, "at">, edge: "inputs" | "output"): Time => [
  ...found.at,
  edge === "inputs" ? -1 : Number.POSITIVE_INFINITY,
];
