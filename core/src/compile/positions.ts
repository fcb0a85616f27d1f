/**
 * Runs parts of a model that keep positions apart only at those that are asked for: where nothing reads more of the logits
 * than the last position, the head is given no more.
 */
import type { OpNode } from "../ir/node.ts";
import type { IndexParam } from "../ops/indices.ts";
import { nameOfDim, type Type } from "../tensor/type.ts";
import { apart, keepsApart } from "./apart.ts";
import type { Asked, CallStep, OpStep, Step, Var } from "./step.ts";

/** A stretch of positions as a slice, such as `-1:`. */
type Stretch = string;

/** What is read of a value: one stretch of its positions, or more than that. */
type Demand = Stretch | "all";

const placeIn = ({ shape }: Type): number => shape.findIndex((dim) => nameOfDim(dim) === "position");

/** Steps of which no more than some positions are asked for, with these taken out of what they read. */
export function narrowPositions(steps: readonly Step[], wanted: readonly Asked[]): Step[] {
  const demands = new Map<Var, Demand>();
  const ask = (value: Var, demand: Demand): void => {
    const known = demands.get(value);
    demands.set(value, known === undefined || known === demand ? demand : "all");
  };
  for (const { value } of wanted) ask(value, "all");
  /** Steps that are run at a stretch only. */
  const stretches = new Map<Step, Stretch>();
  for (const step of steps.toReversed()) {
    const stretch = stretchOf(step, demands);
    if (stretch !== undefined) stretches.set(step, stretch);
    for (const input of step.inputs)
      if (input) ask(input, stretch ?? (placeIn(input.type) < 0 ? "all" : (takenBy(step, input) ?? "all")));
    for (const { decision } of step.branches) ask(decision, "all");
  }
  const calls = steps.some((step) => step.kind === "call" && stretches.has(step));
  return calls ? rewritten(steps, stretches) : [...steps];
}

/** The stretch at which it is enough to run a step. */
function stretchOf(step: Step, demands: ReadonlyMap<Var, Demand>): Stretch | undefined {
  if (!(step.kind === "call" ? isPlain(step) : step.kind === "op" && keepsApart(step.node, "position")))
    return undefined;
  const [first, ...others] = new Set(step.outputs.map((output) => demands.get(output) ?? "all"));
  return others.length || first === "all" ? undefined : first;
}

/** An untouched part that has no attention. */
const isPlain = ({ fn, alone }: CallStep): boolean => alone && apart(fn, "position")?.attentions.length === 0;

/** The stretch that an index takes out of the positions of its first operand. */
function takenBy(step: Step, input: Var): Stretch | undefined {
  const index =
    step.kind === "op" && step.inputs.lastIndexOf(input) === 0
      ? indexAt(step.node, placeIn(input.type))
      : undefined;
  if (typeof index === "number") return `${index}:${index === -1 ? "" : index + 1}`;
  return typeof index === "string" && index !== ":" && /^-?\d*:-?\d*$/.test(index) ? index : undefined;
}

/** What stands for an axis between the brackets. */
const indexAt = (node: OpNode, axis: number): IndexParam | undefined => plainIndices(node)?.[axis];

/** What stands between the brackets, where each axis has a number, a slice or a list of numbers. */
export function plainIndices({ op, params }: OpNode): readonly IndexParam[] | undefined {
  if (op !== "getitem") return undefined;
  const indices = params["indices"] as readonly IndexParam[];
  const plain = indices.every(
    (index) =>
      typeof index === "number" ||
      (typeof index === "string" && index.includes(":")) ||
      (Array.isArray(index) && index.every((one) => typeof one === "number")),
  );
  return plain ? indices : undefined;
}

function rewritten(steps: readonly Step[], stretches: ReadonlyMap<Step, Stretch>): Step[] {
  const made: Step[] = [];
  /** What stands for a value at a stretch of its positions. */
  const parts = new Map<Var, Map<Stretch, Var>>();
  const partOf = (value: Var, stretch: Stretch, { branches }: Step): Var => {
    if (placeIn(value.type) < 0) return value;
    const known = parts.get(value)?.get(stretch);
    if (known) return known;
    const part = narrowed(value, stretch);
    note(value, stretch, part);
    made.push({ kind: "op", node: taking(value, part, stretch), inputs: [value], outputs: [part], branches });
    return part;
  };
  const note = (value: Var, stretch: Stretch, part: Var): void => {
    const own = parts.get(value) ?? new Map<Stretch, Var>();
    parts.set(value, own.set(stretch, part));
  };
  for (const step of steps) {
    const stretch = stretches.get(step);
    if (stretch !== undefined) {
      const inputs = step.inputs.map((input) => input && partOf(input, stretch, step));
      const outputs = step.outputs.map((output) => {
        const part = narrowed(output, stretch);
        note(output, stretch, part);
        return part;
      });
      made.push({ ...step, inputs, outputs } as Step);
    } else made.push(step.kind === "op" ? reindexed(step, parts) : step);
  }
  return made;
}

/** An index into what is only there at its stretch takes all of it, or its only position. */
function reindexed(step: OpStep, parts: ReadonlyMap<Var, ReadonlyMap<Stretch, Var>>): OpStep {
  const [input, ...others] = step.inputs;
  const stretch = input && takenBy(step, input);
  const part = stretch === undefined ? undefined : parts.get(input!)?.get(stretch);
  if (!part) return step;
  const axis = placeIn(input!.type);
  const indices = (step.node.params["indices"] as readonly IndexParam[]).map((index, i) =>
    i !== axis ? index : typeof index === "number" ? 0 : ":",
  );
  return {
    ...step,
    inputs: [part, ...others],
    node: { ...step.node, params: { ...step.node.params, indices } },
  };
}

function narrowed({ type, loose, branches }: Var, stretch: Stretch): Var {
  const shape = type.shape.with(placeIn(type), { name: `position[${stretch}]` });
  return { type: { ...type, shape }, loose: loose ?? true, ...(branches && { branches }) };
}

/** The index that takes a stretch out. */
function taking(value: Var, part: Var, stretch: Stretch): OpNode {
  const indices: string[] = Array<string>(placeIn(value.type)).fill(":");
  const node: OpNode = {
    kind: "op",
    id: -1,
    op: "getitem",
    inputs: [],
    params: { indices: [...indices, stretch] },
    results: [],
  };
  return Object.assign(node, { results: [{ node, index: 0, type: part.type }] });
}
