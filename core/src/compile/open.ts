/** Opens a model as far as its hooks and its units need, and joins the user's nodes at the edges: what nobody touches stays one call. */
import { leavesOf } from "../base/tree.ts";
import { type Fn, insideOf, join, modulesAround, scopeOf, timeOf } from "../ir/fn.ts";
import { type Call, isResult, type Result } from "../ir/node.ts";
import type { Program, Touch } from "../ir/program.ts";
import type { Time } from "../ir/time.ts";
import { results, source } from "./frame.ts";
import { withGradients } from "./gradients/passes.ts";
import type { Branch, Step, Straight, Unit, Var } from "./step.ts";
import { UserNodes } from "./user-nodes.ts";

/** Where a body stands. */
interface Place {
  readonly path: string;
  /** The same in the steps of the calls. */
  readonly scope: readonly string[];
  /** The module time just before it. */
  readonly at: Time;
  /** The opened unit that it is within, which is one piece. */
  readonly unit?: Unit | undefined;
  readonly branches: readonly Branch[];
}

export function open(program: Program): Straight {
  const steps: Step[] = [];
  const edges = Map.groupBy(program.touches, ({ read }) =>
    read.node.kind === "hook" ? key(read.node.time) : "",
  );
  const around = new Set(program.touches.flatMap(({ hook }) => modulesAround(hook.module)));
  const crossed = new Set(
    program.touches.flatMap(({ read: { node } }) =>
      node.kind === "hook" ? key(node.time.slice(0, -1)) : [],
    ),
  );
  const user = new UserNodes(program, steps, (node, inputs, at, branches) =>
    callOf(node, inputs, { path: "", scope: [], at, branches }),
  );

  /** Binds the reads of an edge, runs what became possible, and gives what the model goes on with. */
  function cross(at: Time, edge: "inputs" | "output", values: readonly Var[]): Var[] {
    const touches = edges.get(key(timeOf({ at }, edge))) ?? [];
    if (touches.length || at.length === 0) user.bind(readsOf(touches, values));
    const next = [...values];
    for (const { index, write } of touches) if (write) next[index] = user.valueOf(write);
    return next;
  }

  /** The operands of an op, of which some may be left out, across its edge. */
  function passing(at: Time, given: readonly (Var | undefined)[]): (Var | undefined)[] {
    const next = cross(
      at,
      "inputs",
      given.filter((one) => one !== undefined),
    ).values();
    return given.map((one) => one && next.next().value);
  }

  function enter(fn: Fn, passed: readonly Var[], place: Place): Var[] {
    const frame = new Map<Result, Var>();
    fn.inputs.forEach((input, i) => void frame.set(input.results[0]!, passed[i]!));
    for (const [position, node] of fn.nodes.entries()) {
      if (node.kind === "weight") source(frame, node, { kind: "weight", slot: node.slot });
      else if (node.kind === "constant") source(frame, node, { kind: "constant", value: node.value });
      else if (node.kind === "op") {
        const { branches, unit, scope } = place;
        const at = [...place.at, position];
        const touched = crossed.has(key(at));
        const given = node.inputs.map((input) => input && frame.get(input)!);
        const inputs = touched ? passing(at, given) : given;
        const outputs = results(frame, node);
        steps.push({ kind: "op", node, inputs, outputs, branches, scope, ...(unit && { unit }) });
        if (touched) cross(at, "output", outputs).forEach((one, i) => void frame.set(node.results[i]!, one));
      } else if (node.kind === "call") {
        const inputs = node.inputs.map((input) => frame.get(input)!);
        const outputs = callOf(node, inputs, { ...place, at: [...place.at, position] });
        node.results.forEach((result, i) => void frame.set(result, outputs[i]!));
      }
    }
    return leavesOf(fn.output, isResult).map((leaf) => frame.get(leaf)!);
  }

  /** What the call at a place gives, with its edges crossed. It is opened when something inside is touched, or to reach its units. */
  function callOf(node: Call, given: readonly Var[], place: Place): Var[] {
    const path = join(place.path, node.callee);
    const { at } = place;
    const inputs = cross(at, "inputs", given);
    const inside = around.has(path);
    if (inside || (!node.unit && holdsUnits(node.fn))) {
      const unit = place.unit ?? (node.unit ? { fn: node.fn, at, inputs: given } : undefined);
      const scope = [...place.scope, ...scopeOf(node)];
      const fn = inside ? insideOf(node) : node.fn;
      return cross(at, "output", enter(fn, inputs, { ...place, path, scope, unit }));
    }
    const { branches, unit } = place;
    const outputs = node.results.map(({ type }): Var => ({ type, ...(branches.length && { branches }) }));
    const scope = [...place.scope, ...scopeOf(node)];
    const step = { path, fn: node.fn, at, alone: !unit, inputs, outputs, branches, scope };
    steps.push({ kind: "call", ...step, ...(unit && { unit }) });
    return cross(at, "output", outputs);
  }

  const passed = program.root.inputs.map(
    (input, index): Var => ({ type: input.results[0]!.type, source: { kind: "input", index } }),
  );
  const root: Place = { path: "", scope: [], at: [], branches: [] };
  const made = enter(program.root, cross([], "inputs", passed), root);
  cross([], "output", made);
  const wanted = user.wanted();
  return { steps: withGradients(steps, [...user.passes.values()], wanted), wanted };
}

/** An edge by its time, which no other has. */
const key = (time: Time): string => time.join();

const readsOf = (touches: readonly Touch[], values: readonly Var[]): (readonly [Result, Var])[] =>
  touches.map(({ index, read }) => [read, values[index]!]);

const units = new WeakMap<Fn, boolean>();

/** Whether a function calls units, itself or deeper down, so that it is cut rather than called whole. */
function holdsUnits(fn: Fn): boolean {
  const known = units.get(fn);
  if (known !== undefined) return known;
  const holds = fn.nodes.some((node) => node.kind === "call" && (node.unit || holdsUnits(node.fn)));
  units.set(fn, holds);
  return holds;
}
