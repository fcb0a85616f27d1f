/** Opens a model as far as its hooks and its units need, and joins the user's nodes at the edges: what nobody touches stays one call. */
import { leavesOf, mapTree } from "../base/tree.ts";
import { type Fn, join } from "../ir/fn.ts";
import { edgeKey } from "../ir/hook.ts";
import { type Call, inputsOf, isResult, type Node, type Result } from "../ir/node.ts";
import { Clock, type Program } from "../ir/program.ts";
import { compareTimes } from "../ir/time.ts";
import type { Source, Step, Straight, Var } from "./step.ts";

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
        steps.push({ kind: "op", node, inputs, outputs: results(frame, node) });
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
      steps.push({ kind: "call", path: child, fn: node.fn, alone: !inUnit, inputs, outputs: made });
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

/** The user's nodes, each put into the program as soon as its inputs are there. */
class UserNodes {
  readonly #values = new Map<Result, Var>();
  readonly #waiting = new Map<Result, Node[]>();
  readonly #missing = new Map<Node, number>();
  readonly #clock = new Clock();

  constructor(
    readonly program: Program,
    readonly steps: Step[],
  ) {
    for (const node of program.nodes) {
      const inputs = new Set(inputsOf(node));
      this.#missing.set(node, inputs.size);
      for (const input of inputs) {
        const waiting = this.#waiting.get(input);
        if (waiting) waiting.push(node);
        else this.#waiting.set(input, [node]);
      }
    }
  }

  /** Puts in what waits for nothing. */
  begin(): void {
    for (const node of this.program.nodes)
      if (node.kind !== "hook" && inputsOf(node).length === 0) this.#put(node);
  }

  bind(result: Result, value: Var): void {
    this.#values.set(result, value);
    const ready: Node[] = [];
    this.#settle(result, ready);
    for (const node of ready.sort((a, b) => a.id - b.id)) this.#put(node);
  }

  valueOf(result: Result): Var {
    return this.#values.get(result)!;
  }

  /** The saves that come before the stop, if there is one. */
  wanted(): Map<Result, Var> {
    const { saves, stop } = this.program;
    const reached = saves.filter((save) => !stop || compareTimes(this.#clock.of(save.node).time, stop) <= 0);
    return new Map(reached.map((save) => [save, this.valueOf(save)]));
  }

  #settle(result: Result, ready: Node[]): void {
    for (const node of this.#waiting.get(result) ?? []) {
      const missing = this.#missing.get(node)! - 1;
      this.#missing.set(node, missing);
      if (missing === 0) ready.push(node);
    }
  }

  #put(node: Node): void {
    const { steps } = this;
    const value = (result: Result): Var => this.valueOf(result);
    if (node.kind === "constant") source(this.#values, node, { kind: "value", value: node.value });
    else if (node.kind === "op") {
      const inputs = node.inputs.map((input) => input && value(input));
      steps.push({ kind: "op", node, inputs, outputs: results(this.#values, node, true) });
    } else if (node.kind === "call") {
      const outputs = results(this.#values, node, true);
      steps.push({
        kind: "call",
        path: node.callee,
        fn: node.fn,
        alone: true,
        inputs: node.inputs.map(value),
        outputs,
      });
    } else if (node.kind === "effect") {
      const { stop } = this.program;
      if (stop && compareTimes(this.#clock.of(node).time, stop) > 0) return;
      const message = node.message.map((part) => mapTree(part, isResult, value));
      steps.push({ kind: "effect", node, message, inputs: node.inputs.map(value), outputs: [] });
    }
    const ready: Node[] = [];
    for (const result of node.results) this.#settle(result, ready);
    for (const next of ready.sort((a, b) => a.id - b.id)) this.#put(next);
  }
}

function results(frame: Map<Result, Var>, node: Node, loose = false): Var[] {
  return node.results.map((result) => {
    const made: Var = { type: result.type, ...(loose && { loose }) };
    frame.set(result, made);
    return made;
  });
}

function source(frame: Map<Result, Var>, node: Node, from: Source): void {
  const result = node.results[0]!;
  frame.set(result, { type: result.type, source: from, ...(from.kind === "value" && { loose: true }) });
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
