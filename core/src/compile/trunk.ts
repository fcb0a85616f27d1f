/**
 * Chains of blocks as one graph that runs any stretch of them: each block stands in an If, so that one session over one copy
 * of the packed weights serves the whole chain, what comes before or after a touched block, and each block by itself.
 */
import { leavesOf } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import { type Call, isResult, type Result } from "../ir/node.ts";
import type { Graph, OnnxNode, ValueInfo } from "../onnx/graph.ts";
import type { Compiled } from "./compiled.ts";
import { keyOf } from "./key.ts";

/** Blocks of which each takes what the one before it gives; their other arguments are the same, or arguments of the model. */
export interface Trunk {
  readonly fns: readonly Fn[];
  /** Which argument of a block is what the one before it gives. */
  readonly carried: number;
  /** Which arguments each block has for itself: the keys and values of its earlier tokens. */
  readonly own: readonly number[];
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
  const [first, second] = chain as [Call, Call];
  const trunk: Trunk = { fns, carried: carriedBy(first, second), own: ownOf(first, second) };
  for (const [index, one] of fns.entries()) members.set(one, { trunk, index });
}

const carriedBy = (before: Call, call: Call): number => call.inputs.indexOf(before.results[0]!);

/** The arguments in which two neighbours differ, beside the carried one. */
function ownOf(before: Call, call: Call): number[] {
  const carried = carriedBy(before, call);
  return call.inputs.flatMap((input, i) => (i === carried || input === before.inputs[i] ? [] : [i]));
}

/**
 * Whether a call goes on a chain: it takes the first result of the last one, in the same place, and all else as that one
 * did, or from the arguments of the model.
 */
function follows(chain: readonly Call[], call: Call): boolean {
  const last = chain.at(-1)!;
  const carried = carriedBy(last, call);
  const own = ownOf(last, call);
  const before = chain.at(-2);
  const isGiven = ({ node }: Result): boolean => node.kind === "input";
  return (
    carried >= 0 &&
    call.inputs.length === last.inputs.length &&
    own.every((i) => isGiven(call.inputs[i]!) && isGiven(last.inputs[i]!)) &&
    (!before || (carried === carriedBy(before, last) && own.join() === ownOf(before, last).join())) &&
    keepsForm(call.fn, last.fn, carried)
  );
}

/** Whether two blocks take and give the same types, first of all that of the carried argument. */
function keepsForm(one: Fn, other: Fn, carried: number): boolean {
  const taken = ({ inputs }: Fn): string[] => inputs.map(({ results }) => JSON.stringify(results[0]!.type));
  const given = ({ output }: Fn): string[] =>
    leavesOf(output, isResult).map(({ type }) => JSON.stringify(type));
  return (
    taken(one).join() === taken(other).join() &&
    given(one).join() === given(other).join() &&
    given(one)[0] === taken(one)[carried]
  );
}

/** A chain as a graph. */
export interface TrunkGraph extends Compiled {
  /** The blocks by themselves, which it is made of. */
  readonly parts: readonly Compiled[];
  /** Names of what each block is given, in the order of its arguments. */
  readonly taken: readonly (readonly string[])[];
  /** Names of what each block gives: its results, then keys and values of its attentions. */
  readonly made: readonly (readonly string[])[];
  /** What each block has for itself. */
  readonly own: readonly (readonly ValueInfo[])[];
}

/** What says which blocks run: a flag for each, and a flag for the first of them, which takes the argument. */
export const switches = { active: "active", first: "first" } as const;

/** Weights that stand in the graph itself, in bytes: a model file has at most 2 GB, and is copied on its way. */
const mostInline = 2 ** 29;

/** Nothing when the blocks are not alike, or too large for one graph. */
export function emitTrunk(
  { fns, carried, own: owned }: Trunk,
  parts: readonly Compiled[],
): TrunkGraph | undefined {
  const [first] = parts as [Compiled];
  if (!parts.every((part) => sameOutside(part, first)) || inlineBytes(parts) > mostInline) return undefined;
  const count = fns.length;
  const argument = first.inputs[carried]!;
  const ownNames = new Set(owned.map((i) => first.inputs[i]!));
  const own = parts.map(({ graph }, i) =>
    graph.inputs
      .filter(({ name }) => ownNames.has(name))
      .map((info) => ({ ...info, name: blockName(i, info.name) })),
  );
  const nodes: OnnxNode[] = [
    split(switches.active, count, activeName),
    split(switches.first, count, firstName),
  ];
  const made: (readonly string[])[] = [];
  let before = argument;
  for (const [i, part] of parts.entries()) {
    const results = part.graph.outputs.map((_, k) => blockName(i, `result${k}`));
    nodes.push(blockNode(part, i, { before, argument, results, own: ownNames }));
    made.push(results);
    before = results[0]!;
  }
  const { inputs, outputs } = first.graph;
  const graph: Graph = {
    inputs: [
      ...inputs.filter(({ name }) => !ownNames.has(name)),
      ...own.flat(),
      { name: switches.active, dtype: "bool", shape: [count] },
      { name: switches.first, dtype: "bool", shape: [count] },
    ],
    outputs: made.flatMap((names) => names.map((name, k): ValueInfo => ({ ...outputs[k]!, name }))),
    nodes,
    initializers: sharedWeights(parts),
  };
  const taken = parts.map((part, i) =>
    part.inputs.map((name) => (ownNames.has(name) ? blockName(i, name) : name)),
  );
  const key = keyOf(graph);
  return { ...first, graph, key, outputs: made.map(([name]) => name!), parts, taken, made, own };
}

/** A block that runs when its flag says so, and otherwise gives nothing. */
function blockNode(
  part: Compiled,
  i: number,
  names: {
    readonly before: string;
    readonly argument: string;
    readonly results: readonly string[];
    readonly own: ReadonlySet<string>;
  },
): OnnxNode {
  const { before, argument, results, own } = names;
  const taken = i === 0 ? argument : `block${i}.argument`;
  const inside = renaming(part, i, { argument, taken, own });
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

const blockName = (i: number, name: string): string => `block${i}.${name}`;
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

/** Names of a block's values in the whole: shared arguments are the graph's, all else is its own. */
function renaming(
  { inputs, graph }: Compiled,
  i: number,
  {
    argument,
    taken,
    own,
  }: { readonly argument: string; readonly taken: string; readonly own: ReadonlySet<string> },
): (name: string) => string {
  const shared = new Set(
    [...inputs, ...graph.inputs.map(({ name }) => name)].filter((name) => !own.has(name)),
  );
  return (name) => (name === argument ? taken : name === "" || shared.has(name) ? name : blockName(i, name));
}

/** Weights and constants of all blocks. */
const sharedWeights = (parts: readonly Compiled[]): Graph["initializers"] =>
  parts.flatMap(({ graph }, i) =>
    graph.initializers.map((one) => ({ ...one, name: blockName(i, one.name) })),
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
  return outside(a) === outside(b) && a.feeds.size === 0;
};

const inlineBytes = (parts: readonly Compiled[]): number =>
  parts
    .flatMap(({ graph }) => graph.initializers)
    .reduce((sum, { value }) => sum + (value.source ? 0 : value.data.byteLength), 0);
