/** Opens a model as far as its hooks and its units need, and joins the user's nodes at the edges: what nobody touches stays one call. */
import { leavesOf } from "../base/tree.ts";
import { type Fn, join } from "../ir/fn.ts";
import { edgeKey } from "../ir/hook.ts";
import { type Call, isResult, type Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import { results, source } from "./frame.ts";
import type { Step, Straight, Var } from "./step.ts";
import { UserNodes } from "./user-nodes.ts";

export function open(program: Program): Straight {
  const steps: Step[] = [];
  const edges = Map.groupBy(program.touches, ({ hook }) => edgeKey(hook));
  const paths = program.touches.map(({ hook }) => hook.module);
  const calls = new Map<string, number>();
  const user = new UserNodes(program, steps);

  /** Binds the reads of an edge, runs what became possible, and gives what the model goes on with. */
  function cross(module: string, call: number, edge: "inputs" | "output", values: readonly Var[]): Var[] {
    const touches = edges.get(edgeKey({ module, call, edge })) ?? [];
    for (const { index, read } of touches) user.bind(read, values[index]!);
    const next = [...values];
    for (const { index, write } of touches) if (write) next[index] = user.valueOf(write);
    return next;
  }

  function enter(fn: Fn, path: string, passed: readonly Var[], inUnit: boolean): Var[] {
    const frame = new Map<Result, Var>();
    fn.inputs.forEach((input, i) => void frame.set(input.results[0]!, passed[i]!));
    for (const node of fn.nodes) {
      if (node.kind === "weight") source(frame, node, { kind: "weight", slot: node.slot });
      else if (node.kind === "constant") source(frame, node, { kind: "constant", value: node.value });
      else if (node.kind === "op") {
        const inputs = node.inputs.map((input) => input && frame.get(input)!);
        steps.push({ kind: "op", node, inputs, outputs: results(frame, node), branches: [] });
      } else if (node.kind === "call") callOf(frame, node, path, inUnit);
    }
    return leavesOf(fn.output, isResult).map((leaf) => frame.get(leaf)!);
  }

  function callOf(frame: Map<Result, Var>, node: Call, path: string, inUnit: boolean): void {
    const child = join(path, node.callee);
    const nth = calls.get(child) ?? 0;
    calls.set(child, nth + 1);
    const inputs = cross(
      child,
      nth,
      "inputs",
      node.inputs.map((input) => frame.get(input)!),
    );
    const inside = paths.some((touched) => touched.startsWith(`${child}.`));
    let made: readonly Var[];
    if (inside || (!node.unit && holdsUnits(node.fn)))
      made = enter(node.fn, child, inputs, inUnit || node.unit);
    else {
      made = node.results.map(({ type }) => ({ type }));
      steps.push({
        kind: "call",
        path: child,
        fn: node.fn,
        alone: !inUnit,
        inputs,
        outputs: made,
        branches: [],
      });
    }
    const outputs = cross(child, nth, "output", made);
    node.results.forEach((result, i) => void frame.set(result, outputs[i]!));
  }

  user.begin();
  const passed = program.root.inputs.map((input, i): Var => {
    const value = program.inputs[i]!;
    return { type: input.results[0]!.type, source: { kind: "input", value } };
  });
  const made = enter(program.root, "", cross("", 0, "inputs", passed), false);
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
