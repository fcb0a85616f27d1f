/** Opens a model as far as its hooks and its units need, and joins the user's nodes at the edges: what nobody touches stays one call. */
import { leavesOf } from "../base/tree.ts";
import { type Fn, findCalls, join } from "../ir/fn.ts";
import { edgeKey } from "../ir/hook.ts";
import { type Call, isResult, type Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import { results, source } from "./frame.ts";
import type { Branch, Step, Straight, Var } from "./step.ts";
import { UserNodes } from "./user-nodes.ts";

/** Where a body stands. */
interface Place {
  readonly path: string;
  /** Whether it is within an opened unit, which is one piece. */
  readonly inUnit: boolean;
  /** Whether it is of a call that the user has written: those are counted after the model's own. */
  readonly users: boolean;
  readonly branches: readonly Branch[];
}

export function open(program: Program): Straight {
  const steps: Step[] = [];
  const edges = Map.groupBy(program.touches, ({ hook }) => edgeKey(hook));
  const paths = program.touches.map(({ hook }) => hook.module);
  const counts = new Map<string, number>();
  const user = new UserNodes(program, steps, (node, inputs, branches) =>
    callOf(node, inputs, { path: "", inUnit: false, users: true, branches }),
  );

  /** Binds the reads of an edge, runs what became possible, and gives what the model goes on with. */
  function cross(module: string, call: number, edge: "inputs" | "output", values: readonly Var[]): Var[] {
    const touches = edges.get(edgeKey({ module, call, edge })) ?? [];
    for (const { index, read } of touches) user.bind(read, values[index]!);
    const next = [...values];
    for (const { index, write } of touches) if (write) next[index] = user.valueOf(write);
    return next;
  }

  function enter(fn: Fn, passed: readonly Var[], place: Place): Var[] {
    const frame = new Map<Result, Var>();
    fn.inputs.forEach((input, i) => void frame.set(input.results[0]!, passed[i]!));
    for (const node of fn.nodes) {
      if (node.kind === "weight") source(frame, node, { kind: "weight", slot: node.slot });
      else if (node.kind === "constant") source(frame, node, { kind: "constant", value: node.value });
      else if (node.kind === "op") {
        const inputs = node.inputs.map((input) => input && frame.get(input)!);
        steps.push({ kind: "op", node, inputs, outputs: results(frame, node), branches: place.branches });
      } else if (node.kind === "call") {
        const inputs = node.inputs.map((input) => frame.get(input)!);
        const outputs = callOf(node, inputs, place);
        node.results.forEach((result, i) => void frame.set(result, outputs[i]!));
      }
    }
    return leavesOf(fn.output, isResult).map((leaf) => frame.get(leaf)!);
  }

  /** What a call gives, with its edges crossed. It is opened when something inside is touched, or to reach its units. */
  function callOf(node: Call, given: readonly Var[], place: Place): Var[] {
    const path = join(place.path, node.callee);
    const nth = count(path, place.users);
    const inputs = cross(path, nth, "inputs", given);
    const inside = paths.some((touched) => touched.startsWith(`${path}.`));
    if (inside || (!node.unit && holdsUnits(node.fn)))
      return cross(
        path,
        nth,
        "output",
        enter(node.fn, inputs, { ...place, path, inUnit: place.inUnit || node.unit }),
      );
    const { branches } = place;
    const outputs = node.results.map(({ type }): Var => ({ type, ...(branches.length && { branches }) }));
    steps.push({ kind: "call", path, fn: node.fn, alone: !place.inUnit, inputs, outputs, branches });
    return cross(path, nth, "output", outputs);
  }

  function count(path: string, users: boolean): number {
    const key = users ? `${path} by the user` : path;
    const before = counts.get(key) ?? (users ? findCalls(program.root, path).length : 0);
    counts.set(key, before + 1);
    return before;
  }

  user.begin();
  const passed = program.root.inputs.map(
    (input, index): Var => ({ type: input.results[0]!.type, source: { kind: "input", index } }),
  );
  const root: Place = { path: "", inUnit: false, users: false, branches: [] };
  const made = enter(program.root, cross("", 0, "inputs", passed), root);
  cross("", 0, "output", made);
  return { steps, wanted: user.wanted() };
}

const units = new WeakMap<Fn, boolean>();

/** Whether a function calls units, itself or deeper down, so that it is cut rather than called whole. */
function holdsUnits(fn: Fn): boolean {
  const known = units.get(fn);
  if (known !== undefined) return known;
  const holds = fn.nodes.some((node) => node.kind === "call" && (node.unit || holdsUnits(node.fn)));
  units.set(fn, holds);
  return holds;
}
