/** Programs of one structure share a plan: what is equal in them is named by a text, and what differs is looked up. */
import { createHash } from "node:crypto";
import { identityOf } from "../base/identity.ts";
import type { Where } from "../base/where.ts";
import { edgeKey } from "../ir/hook.ts";
import type { Constant, Node, Pass, Result } from "../ir/node.ts";
import type { Program, Touch } from "../ir/program.ts";
import { numberText } from "../ir/text/literals.ts";
import { opNamed } from "../ops/named.ts";
import type { Params } from "../ops/spec.ts";
import { printDim, type Type } from "../tensor/type.ts";

/** Texts up to so many characters are names themselves; longer ones are hashed. */
const short = 2048;

/**
 * Equal for programs of one model that one plan serves: the same nodes, touches and saves, with any numbers. Nothing for
 * what has a part that is no data, such as a function of the user's, or that the host does.
 */
export function likenessOf({ nodes, touches, saves, stop }: Program): string | undefined {
  let text = "";
  const taken = takenIn(nodes, touches);
  const passes = new Map<Pass, number>();
  for (const node of nodes) {
    const one = nodeText(node, taken.has(node), passes);
    if (one === undefined) return undefined;
    text += one;
  }
  for (const { hook, index, read, write } of touches)
    text += `\n${edgeKey(hook)}${index},${name(read)}${write ? name(write) : ""}`;
  for (const { result, guard, lent } of saves) {
    if (guard) return undefined;
    text += `\n${lent ? "l" : "s"}${name(result)}`;
  }
  if (stop) text += `\nstop ${stop}`;
  return text.length <= short ? text : createHash("sha256").update(text).digest("base64");
}

/** What an op, a call or the model takes; all else is only handed on, as a step of a generation does with keys and values. */
function takenIn(nodes: readonly Node[], touches: readonly Touch[]): ReadonlySet<Node> {
  const taken = new Set<Node>();
  for (const node of nodes)
    if ("inputs" in node) for (const input of node.inputs) if (input) taken.add(input.node);
  for (const { write } of touches) if (write) taken.add(write.node);
  return taken;
}

function nodeText(node: Node, isTaken: boolean, passes: Map<Pass, number>): string | undefined {
  if (node.guard) return undefined;
  switch (node.kind) {
    case "op": {
      if (opNamed(node.op).host) return undefined;
      let text = `\n${node.op}`;
      for (const input of node.inputs) text += input ? name(input) : "-";
      return text + paramsText(node.params);
    }
    case "constant":
      return `\n=${typeText(node.results[0]!.type)}${node.value.source ? `#${identityOf(node.value)}` : ""}`;
    case "hook":
      return `\n@${node.time};${typeText(node.results[0]!.type, isTaken)}`;
    case "given":
      return `\n?${typeText(node.results[0]!.type, isTaken)}`;
    case "call":
      return `\n${node.callee}()${identityOf(node.fn)}${node.unit}${node.inputs.map(name)}:${node.results.map(({ type }) => typeText(type))}`;
    case "gradient": {
      // Numbers may be those of a weight, by which the way back is found.
      if (node.inputs[0]!.node.kind === "constant") return undefined;
      const pass = passes.get(node.pass) ?? passes.size;
      passes.set(node.pass, pass);
      return `\n^${pass}${node.role}${node.inputs.map(name)}`;
    }
    default:
      return undefined;
  }
}

const name = ({ node, index }: Result): string => (index ? `%${node.id}.${index}` : `%${node.id}`);

/** @param sized whether the sizes of named axes count */
function typeText({ dtype, shape, dynamic }: Type, sized = true): string {
  let text: string = dynamic ? "?" : dtype;
  for (const dim of shape)
    text += typeof dim === "number" ? `,${dim}` : `,${sized ? printDim(dim) : dim.name}`;
  return text;
}

function paramsText(params: Params): string {
  for (const _ in params) return JSON.stringify(params, plain);
  return "";
}

/** Numbers that JSON would write as null. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `#${numberText(value)}`
    : value;

/** The same program without its numbers and lines, so that a plan that is kept keeps nothing of who wrote it. */
export function bared(program: Program): Program {
  const made = new Map<Result, Result>();
  const now = (result: Result): Result => made.get(result)!;
  const passes = new Map<Pass, Pass>();
  const nodes = program.nodes.map((node): Node => {
    const results: Result[] = [];
    const { where: _, ...rest } = node as Node & { readonly where?: Where };
    const copy = {
      ...rest,
      results,
      ...("inputs" in node && { inputs: node.inputs.map((input) => input && now(input)) }),
      ...(node.kind === "constant" &&
        !node.value.source && { value: { ...node.results[0]!.type, data: [] } }),
      ...(node.kind === "gradient" && { pass: passes.get(node.pass) ?? {} }),
    } as unknown as Node;
    if (copy.kind === "gradient" && node.kind === "gradient") passes.set(node.pass, copy.pass);
    for (const result of node.results) {
      const own: Result = { node: copy, index: result.index, type: result.type };
      results.push(own);
      made.set(result, own);
    }
    return copy;
  });
  const { touches, saves } = program;
  return {
    ...program,
    nodes,
    touches: touches.map(({ read, write, ...rest }) => ({
      ...rest,
      read: now(read),
      ...(write && { write: now(write) }),
    })),
    saves: saves.map(({ result, ...rest }) => ({ ...rest, result: now(result) })),
  };
}

/** From the nodes that a plan was made for to those of a program that it serves. */
export interface Own {
  result(result: Result): Result;
  /** The user's own node, for its line. */
  node<N extends Node>(node: N): N;
  constant(result: Result): Constant["value"];
}

export const ownOf = ({ nodes: mine }: Program, { nodes: planned }: Program): Own => ({
  result: ({ node, index }) => mine[node.id]!.results[index]!,
  node: (node) => (planned[node.id] === node ? (mine[node.id] as typeof node) : node),
  constant: ({ node }) => (mine[node.id] as Constant).value,
});

/** Of a program that has a plan of its own. */
export const itself: Own = {
  result: (result) => result,
  node: (node) => node,
  constant: ({ node }) => (node as Constant).value,
};
