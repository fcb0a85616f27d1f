/**
 * Which functions keep the places of an axis apart: each row of a batch by itself, each position from itself and, by
 * causal attention, from those before it. What is not known to do so is taken to mix them.
 */
import { leavesOf } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import { isResult, type OpNode } from "../ir/node.ts";
import * as activations from "../ops/activations.ts";
import * as arithmetic from "../ops/arithmetic.ts";
import * as compare from "../ops/compare.ts";
import * as convert from "../ops/convert.ts";
import * as curves from "../ops/curves.ts";
import * as elementwise from "../ops/elementwise.ts";
import * as signs from "../ops/signs.ts";
import type { OpName } from "../ops/table.ts";
import { axisOf, nameOfDim, type Type } from "../tensor/type.ts";

/** A dimension that can be taken apart. */
export type Axis = "batch" | "position";

/** What an op does to an axis: `apart`, or `causal` where a position also sees those before it. */
type Rule = (node: OpNode, axis: Axis) => "apart" | "causal" | undefined;

/** Where a type has the axis; nothing when it has it twice, or for one size only. */
export function placeOf({ shape }: Type, axis: Axis): number | undefined {
  const found = shape.flatMap((dim, i) => (nameOfDim(dim) === axis ? [i] : []));
  const dim = shape[found[0]!];
  return found.length === 1 && typeof dim === "object" && dim.size === undefined ? found[0] : undefined;
}

const has = ({ shape }: Type, axis: Axis): boolean => shape.some((dim) => nameOfDim(dim) === axis);

const typesOf = ({ inputs }: OpNode): Type[] => inputs.flatMap((input) => (input ? [input.type] : []));

/** The axis counts from the right alike in all that have it, and the others are broadcast along it. */
const pointwise: Rule = ({ inputs, results }, axis) => {
  const { type } = results[0]!;
  const at = placeOf(type, axis);
  if (at === undefined) return undefined;
  const alike = inputs.every((input) => {
    if (!input) return true;
    const own = at - type.shape.length + input.type.shape.length;
    if (has(input.type, axis)) return placeOf(input.type, axis) === own;
    return own < 0 || input.type.shape[own] === 1;
  });
  return alike ? "apart" : undefined;
};

/** Only the first operand has the axis, and not as the one that is folded. */
const along =
  (folded: (node: OpNode, rank: number) => readonly number[]): Rule =>
  (node, axis) => {
    const [x, ...others] = typesOf(node) as [Type];
    const at = placeOf(x, axis);
    if (at === undefined || others.some((type) => has(type, axis))) return undefined;
    return folded(node, x.shape.length).includes(at) ? undefined : "apart";
  };

const last = along((_, rank) => [rank - 1]);
const givenDim = along(({ params }, rank) => [axisOf(params["dim"] as number, rank)]);
const normalized = along(({ params }, rank) => {
  const count = (params["normalizedShape"] as readonly number[]).length;
  return Array.from({ length: count }, (_, i) => rank - 1 - i);
});
/** Nothing is folded only where the dimensions are named; without them all are. */
const reduced = along(({ params }, rank) => {
  const dim = params["dim"] as number | readonly number[] | null | undefined;
  if (dim === null || dim === undefined) return Array.from({ length: rank }, (_, i) => i);
  return [dim].flat().map((one) => axisOf(one as number, rank));
});
/** Dimensions are moved, split and joined; the name goes with its dimension. */
const moved = along(() => []);

/** An index that takes the axis whole leaves it its name. */
const indexed: Rule = (node, axis) =>
  placeOf(node.results[0]!.type, axis) === undefined ? undefined : moved(node, axis);

const attention: Rule = ({ inputs, params }, axis) => {
  const places = inputs.map((input) => input && placeOf(input.type, axis));
  if (axis === "batch") return places.every((at) => at === 0) ? "apart" : undefined;
  if (inputs.length !== 3 || !params["isCausal"]) return undefined;
  const fits = inputs.every((input) => {
    const { dtype, shape } = input!.type;
    const sized = typeof shape[1] === "number" && typeof shape[3] === "number";
    return sized && dtype === "float32" && placeOf(input!.type, "batch") === 0;
  });
  return fits && places.every((at) => at === 2) ? "causal" : undefined;
};

const rotary: Rule = (node, axis) => {
  const expected = axis === "batch" ? [0, 0, 0] : [2, 1, 1];
  return typesOf(node).every((type, i) => placeOf(type, axis) === expected[i]) ? "apart" : undefined;
};

const all = (rule: Rule, names: readonly string[]): Partial<Record<string, Rule>> =>
  Object.fromEntries(names.map((name) => [name, rule]));

const rules: Partial<Record<OpName, Rule>> = {
  ...all(
    pointwise,
    [activations, arithmetic, compare, convert, curves, elementwise, signs].flatMap(Object.keys),
  ),
  ...all(pointwise, ["maximum", "minimum", "clamp", "where", "maskedFill"]),
  ...all(moved, ["transpose", "permute", "unflatten", "flatten", "unsqueeze", "squeeze", "embedding"]),
  ...all(givenDim, ["softmax", "logSoftmax", "chunk", "split", "narrow"]),
  ...all(reduced, ["sum", "mean", "amax", "amin", "argmax", "argmin", "logsumexp"]),
  ...all(last, ["linear", "matmul"]),
  ...all(normalized, ["rmsNorm", "layerNorm"]),
  getitem: indexed,
  scaledDotProductAttention: attention,
  rotaryEmbedding: rotary,
};

/** Whether an op keeps the places of an axis apart, whatever size it has here. */
export function keepsApart(node: OpNode, axis: Axis): boolean {
  const open = <T extends { readonly type: Type }>(one: T): T => {
    const { dtype, shape, dynamic } = one.type; // of a weight it may be the weight itself, whose numbers stay in their file
    const opened = shape.map((dim) => (nameOfDim(dim) === axis ? { name: axis } : dim));
    return { ...one, type: { dtype, shape: opened, ...(dynamic && { dynamic }) } };
  };
  const inputs = node.inputs.map((input) => input && open(input));
  return rules[node.op]?.({ ...node, inputs, results: node.results.map(open) }, axis) === "apart";
}

/** What a function does to an axis, with the attentions in it where positions are concerned, in the order of the run. */
export interface Apart {
  readonly attentions: readonly OpNode[];
}

const known = new WeakMap<Fn, Map<Axis, Apart | undefined>>();

/** How a function keeps the places of an axis apart; nothing when it may mix them, or has another form for each size. */
export function apart(fn: Fn, axis: Axis): Apart | undefined {
  const found = known.get(fn) ?? new Map<Axis, Apart | undefined>();
  known.set(fn, found);
  if (!found.has(axis)) found.set(axis, analyse(fn, axis));
  return found.get(axis);
}

function analyse(fn: Fn, axis: Axis): Apart | undefined {
  const once = (type: Type): boolean => !has(type, axis) || placeOf(type, axis) !== undefined;
  const outputs = leavesOf(fn.output, isResult);
  if (!fn.inputs.every(({ results }) => once(results[0]!.type))) return undefined;
  if (!outputs.every(({ type }) => placeOf(type, axis) !== undefined)) return undefined;
  const attentions: OpNode[] = [];
  for (const node of fn.nodes) {
    if (node.kind === "call") {
      const inner = apart(node.fn, axis);
      if (!inner) return undefined;
      attentions.push(...inner.attentions);
    } else if (node.kind === "op") {
      if (!node.results.every(({ type }) => once(type))) return undefined;
      const touched = typesOf(node).some((type) => has(type, axis));
      if (!touched) {
        if (node.results.some(({ type }) => has(type, axis))) return undefined;
        continue;
      }
      if (!node.results.every(({ type }) => has(type, axis))) return undefined;
      const rule = rules[node.op]?.(node, axis);
      if (!rule) return undefined;
      if (rule === "causal") attentions.push(node);
    } else if (node.results.some(({ type }) => has(type, axis))) {
      if (node.kind !== "input") return undefined;
    }
  }
  return { attentions };
}
