/**
 * Chains of blocks as one graph that runs any stretch of them: each block stands in an If, so that one session over one copy
 * of the packed weights serves the whole chain, what comes before or after a touched block, and each block by itself.
 */
import { leavesOf } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import { type Call, isResult, type Result } from "../ir/node.ts";
import type { Graph, OnnxNode, ValueInfo } from "../onnx/graph.ts";
import type { Compiled } from "./emit.ts";
import { keyOf } from "./key.ts";

/** Blocks of which each takes what the one before it gives; their other arguments are the same. */
export interface Trunk {
  readonly fns: readonly Fn[];
  /** Which argument of a block is what the one before it gives. */
  readonly carried: number;
}

/** A block in its chain. */
export interface Member {
  readonly trunk: Trunk;
  readonly index: number;
}

const members = new WeakMap<Fn, Member>();
const searched = new WeakSet<Fn>();

/** The chain that a function is a block of, in a model that was looked through. */
export const memberOf = (fn: Fn): Member | undefined => members.get(fn);

/** Looks through a model for chains of units. */
export function findTrunks(fn: Fn): void {
  if (searched.has(fn)) return;
  searched.add(fn);
  let chain: Call[] = [];
  for (const node of fn.nodes) {
    if (node.kind !== "call") continue;
    if (!node.unit) findTrunks(node.fn);
    else if (chain.length && follows(chain, node)) chain.push(node);
    else {
      note(chain);
      chain = [node];
    }
  }
  note(chain);
}

function note(chain: readonly Call[]): void {
  const fns = chain.map((call) => call.fn);
  if (fns.length < 2 || new Set(fns).size < fns.length || fns.some((one) => members.has(one))) return;
  const trunk: Trunk = { fns, carried: carriedBy(chain[0]!, chain[1]!) };
  for (const [index, one] of fns.entries()) members.set(one, { trunk, index });
}

const carriedBy = (before: Call, call: Call): number => call.inputs.indexOf(before.results[0]!);

/** Whether a call goes on a chain: it takes the only result of the last one, in the same place, and all else as that one did. */
function follows(chain: readonly Call[], call: Call): boolean {
  const last = chain.at(-1)!;
  const carried = carriedBy(last, call);
  const alike = (input: Result, i: number): boolean => i === carried || input === last.inputs[i];
  return (
    carried >= 0 &&
    last.results.length === 1 &&
    call.inputs.length === last.inputs.length &&
    call.inputs.every(alike) &&
    (chain.length === 1 || carried === carriedBy(chain.at(-2)!, last)) &&
    keepsForm(call.fn, last.fn, carried)
  );
}

/** Whether two blocks take the same types, and give the type of the carried argument. */
function keepsForm(one: Fn, other: Fn, carried: number): boolean {
  const typesOf = ({ inputs }: Fn): string[] => inputs.map(({ results }) => JSON.stringify(results[0]!.type));
  const types = typesOf(one);
  const gives = ({ output }: Fn): boolean =>
    leavesOf(output, isResult).every(({ type }) => JSON.stringify(type) === types[carried]);
  return types.join() === typesOf(other).join() && gives(one) && gives(other);
}

/** A chain as a graph. */
export interface TrunkGraph extends Compiled {
  /** The blocks by themselves, which it is made of. */
  readonly parts: readonly Compiled[];
  /** Names of what each block gives: its result, then keys and values of its attentions. */
  readonly made: readonly (readonly string[])[];
}

/** What says which blocks run: a flag for each, and a flag for the first of them, which takes the argument. */
export const switches = { active: "active", first: "first" } as const;

/** Weights that stand in the graph itself, in bytes: a model file has at most 2 GB, and is copied on its way. */
const mostInline = 2 ** 29;

/** Nothing when the blocks are not alike, or too large for one graph. */
export function emitTrunk({ fns, carried }: Trunk, parts: readonly Compiled[]): TrunkGraph | undefined {
  const [first] = parts as [Compiled];
  if (!parts.every((part) => sameOutside(part, first)) || inlineBytes(parts) > mostInline) return undefined;
  const count = fns.length;
  const argument = first.inputs[carried]!;
  const nodes: OnnxNode[] = [
    split(switches.active, count, activeName),
    split(switches.first, count, firstName),
  ];
  const made: (readonly string[])[] = [];
  let before = argument;
  for (const [i, part] of parts.entries()) {
    const results = resultsOf(part).map((_, k) => `block${i}.result${k}`);
    nodes.push(blockNode(part, i, { before, argument, results }));
    made.push(results);
    before = results[0]!;
  }
  const { inputs, outputs } = first.graph;
  const graph: Graph = {
    inputs: [
      ...inputs,
      { name: switches.active, dtype: "bool", shape: [count] },
      { name: switches.first, dtype: "bool", shape: [count] },
    ],
    outputs: made.flatMap((names) => names.map((name, k): ValueInfo => ({ ...outputs[k]!, name }))),
    nodes,
    initializers: sharedWeights(parts),
  };
  return { ...first, graph, key: keyOf(graph), outputs: made.map(([name]) => name!), parts, made };
}

/** A block that runs when its flag says so, and otherwise gives nothing. */
function blockNode(
  part: Compiled,
  i: number,
  names: { readonly before: string; readonly argument: string; readonly results: readonly string[] },
): OnnxNode {
  const { before, argument, results } = names;
  const taken = i === 0 ? argument : `block${i}.argument`;
  const inside = renaming(part, i, { argument, taken });
  const { nodes, outputs } = part.graph;
  const branch = (name: string): Graph["outputs"] =>
    outputs.map((info, k) => ({ ...info, name: `${results[k]}.${name}` }));
  const then_branch: Graph = {
    inputs: [],
    outputs: outputs.map((info) => ({ ...info, name: inside(info.name) })),
    nodes: [
      ...(i === 0 ? [] : [chosen(firstName(i), [argument, before], taken)]),
      ...nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(inside),
        outputs: node.outputs.map(inside),
      })),
    ],
    initializers: [],
  };
  const else_branch: Graph = {
    inputs: [],
    outputs: branch("nothing"),
    nodes: [],
    initializers: branch("nothing").map(({ name, dtype = "float32", shape }) => {
      return { name, value: { dtype, shape: shape.map(() => 0), data: new Float32Array(0) } };
    }),
  };
  return { ...plainNode("If", [activeName(i)], results), graphs: { then_branch, else_branch } };
}

/** One of two values. */
function chosen(flag: string, [yes, no]: readonly [string, string], made: string): OnnxNode {
  const copy = (of: string, name: string): Graph => ({
    inputs: [],
    outputs: [{ name, dtype: undefined, shape: [] }],
    nodes: [plainNode("Identity", [of], [name])],
    initializers: [],
  });
  const graphs = { then_branch: copy(yes, `${made}.yes`), else_branch: copy(no, `${made}.no`) };
  return { ...plainNode("If", [flag], [made]), graphs };
}

const activeName = (i: number): string => `active${i}`;
const firstName = (i: number): string => `first${i}`;

const plainNode = (operator: string, inputs: readonly string[], outputs: readonly string[]): OnnxNode => ({
  operator,
  domain: "",
  inputs,
  outputs,
  attributes: {},
});

/** One value for each block. */
const split = (name: string, count: number, part: (i: number) => string): OnnxNode => ({
  ...plainNode(
    "Split",
    [name],
    Array.from({ length: count }, (_, i) => part(i)),
  ),
  attributes: { axis: 0, num_outputs: count },
});

/** Names of a block's values in the whole: its arguments are the graph's, all else is its own. */
function renaming(
  { inputs, graph }: Compiled,
  i: number,
  { argument, taken }: { readonly argument: string; readonly taken: string },
): (name: string) => string {
  const given = new Set([...inputs, ...graph.inputs.map(({ name }) => name)]);
  return (name) => (name === argument ? taken : name === "" || given.has(name) ? name : `block${i}.${name}`);
}

const resultsOf = ({ graph }: Compiled): readonly string[] => graph.outputs.map(({ name }) => name);

/** Weights and constants of all blocks. */
const sharedWeights = (parts: readonly Compiled[]): Graph["initializers"] =>
  parts.flatMap(({ graph }, i) =>
    graph.initializers.map((one) => ({ ...one, name: `block${i}.${one.name}` })),
  );

/** Whether two blocks take and give the same, and take nothing else. */
const sameOutside = (a: Compiled, b: Compiled): boolean => {
  const outside = ({ graph, pasts, feeds, outputs }: Compiled): string =>
    JSON.stringify([
      graph.inputs,
      graph.outputs.map(({ dtype }) => dtype),
      pasts.map(({ sizes }) => sizes),
      [...feeds.keys()],
      outputs.length,
    ]);
  return outside(a) === outside(b) && a.feeds.size === 0 && a.outputs.length === 1;
};

const inlineBytes = (parts: readonly Compiled[]): number =>
  parts
    .flatMap(({ graph }) => graph.initializers)
    .reduce((sum, { value }) => sum + (value.source ? 0 : value.data.byteLength), 0);
