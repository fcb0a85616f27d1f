/** The user's nodes, each put into the straight program as soon as its inputs and decisions are there; ties in the order of writing. */
import { mapTree } from "../base/tree.ts";
import { isWithinCall } from "../ir/edges.ts";
import {
  type Call,
  type Gradient,
  guardsOf,
  inputsOf,
  isResult,
  type Node,
  orderOf,
  type Pass,
  type Result,
  type Take,
} from "../ir/node.ts";
import { Clock, type Program } from "../ir/program.ts";
import { compareTimes, type Time } from "../ir/time.ts";
import { results, source } from "./frame.ts";
import type { Branch, Step, Var, Wanted } from "./step.ts";

/** What is said of a backward pass, in values of the straight program. */
export interface PassVars {
  from?: { readonly of: Var; readonly seed?: Var | undefined; readonly node: Gradient };
  readonly reads: { readonly of: Var; readonly to: Var; readonly node: Gradient }[];
  readonly writes: { readonly of: Var; readonly value: Var }[];
}

export class UserNodes {
  readonly passes = new Map<Pass, PassVars>();
  readonly #values = new Map<Result, Var>();
  readonly #waiting = new Map<Result, Node[]>();
  readonly #missing = new Map<Node, number>();
  readonly #clock = new Clock();
  /** What waits for nothing, until it is put in. */
  readonly #begun: Node[];

  constructor(
    readonly program: Program,
    readonly steps: Step[],
    /** Puts in a call of a module, opened as far as it is touched. */
    readonly call: (
      node: Call,
      inputs: readonly Var[],
      at: Time,
      branches: readonly Branch[],
    ) => readonly Var[],
  ) {
    this.#begun = program.nodes.filter((node) => node.kind !== "hook" && needsOf(node).length === 0);
    for (const node of program.nodes) {
      const needs = new Set([...needsOf(node), ...(node.kind === "call" ? this.#writtenFor(node) : [])]);
      this.#missing.set(node, needs.size);
      for (const need of needs) {
        const waiting = this.#waiting.get(need);
        if (waiting) waiting.push(node);
        else this.#waiting.set(need, [node]);
      }
    }
  }

  /** Gives the reads of an edge their values, and puts in what becomes possible; at the first edge also what waits for nothing. */
  bind(reads: readonly (readonly [Result, Var])[]): void {
    for (const [result, value] of reads) this.#values.set(result, value);
    this.#putAll([...this.#begun.splice(0), ...reads.flatMap(([result]) => this.#freedBy(result))]);
  }

  valueOf(result: Result): Var {
    return this.#values.get(result)!;
  }

  /** The saves that come before the stop, if there is one. */
  wanted(): Wanted[] {
    return this.program.saves
      .filter(({ result }) => !this.#tooLate(result.node))
      .map((save) => ({
        result: save.result,
        value: this.valueOf(save.result),
        branches: this.#branches(save),
      }));
  }

  /** When the body of a call that the user has written begins. */
  readonly #at = (node: Call): Time => [...this.#clock.of(node).time, node.id];

  /** What is written at the edges of such a call, as far as that is known without it: the call comes after it. */
  #writtenFor(call: Call): Result[] {
    const own = ({ node }: Result): boolean =>
      node === call || (node.kind === "hook" && isWithinCall(call, this.#clock, node.time));
    const follows = new Map<Result, boolean>();
    const depends = (result: Result): boolean => {
      const known = follows.get(result);
      if (known !== undefined) return known;
      const found = own(result) || needsOf(result.node).some(depends);
      follows.set(result, found);
      return found;
    };
    const before = (result: Result): Result[] => {
      if (!depends(result)) return [result];
      return own(result) ? [] : needsOf(result.node).flatMap(before);
    };
    return this.program.touches.flatMap(({ read, write }) => (write && own(read) ? before(write) : []));
  }

  #freedBy(result: Result): Node[] {
    return (this.#waiting.get(result) ?? []).filter((node) => {
      const missing = this.#missing.get(node)! - 1;
      this.#missing.set(node, missing);
      return missing === 0;
    });
  }

  #putAll(nodes: readonly Node[]): void {
    const ready = [...nodes].sort((a, b) => a.id - b.id);
    for (let node = ready.shift(); node; node = ready.shift()) {
      this.#put(node);
      const freed = node.results.flatMap((result) => this.#freedBy(result));
      if (freed.length === 0) continue;
      ready.push(...freed);
      ready.sort((a, b) => a.id - b.id);
    }
  }

  #branches(node: Parameters<typeof guardsOf>[0]): Branch[] {
    return guardsOf(node).map(({ decision, want }) => ({ decision: this.valueOf(decision), want }));
  }

  #put(node: Node): void {
    if (node.kind === "constant") {
      const { value } = node;
      source(
        this.#values,
        node,
        value.source ? { kind: "constant", value } : { kind: "value", value, result: node.results[0]! },
      );
      return;
    }
    if (node.kind === "given") {
      source(this.#values, node, { kind: "given", result: node.results[0]! });
      return;
    }
    if (acts(node) && this.#tooLate(node)) {
      results(this.#values, node); // for what follows from it, which nothing asks for
      return;
    }
    const inputs = this.#inputs(node);
    const branches = union([
      this.#branches(node),
      ...(node.kind === "merge" || node.kind === "region"
        ? []
        : inputs.map((input) => input?.branches ?? [])),
    ]);
    if (node.kind === "call") {
      const made = this.call(node, inputs as Var[], this.#at(node), branches);
      node.results.forEach((result, i) => void this.#values.set(result, made[i]!));
      return;
    }
    if (node.kind === "take") {
      this.#take(node, inputs, branches);
      return;
    }
    if (node.kind === "gradient") {
      this.#gradient(node, inputs as Var[]);
      return;
    }
    const step = { inputs, branches, outputs: results(this.#values, node, { branches }) };
    if (node.kind === "op") this.steps.push({ ...step, kind: "op", node });
    else if (node.kind === "decide") this.steps.push({ ...step, kind: "decide", node });
    else if (node.kind === "merge") this.steps.push({ ...step, kind: "merge", node });
    else if (node.kind === "region") this.steps.push({ ...step, kind: "region", node });
    else if (node.kind === "exit") this.steps.push({ ...step, kind: "exit", node });
    else if (node.kind === "apply") {
      const args = node.args.map((arg) => mapTree(arg, isResult, (result) => this.valueOf(result)));
      this.steps.push({ ...step, kind: "apply", node, args });
    } else if (node.kind === "effect") {
      const message = node.message.map((part) => mapTree(part, isResult, (result) => this.valueOf(result)));
      this.steps.push({ ...step, kind: "effect", node, message });
    }
  }

  /** What is taken may not have been made, as in a loop without turns: what follows from it waits for that, as in a branch. */
  #take(node: Take, inputs: readonly (Var | undefined)[], branches: readonly Branch[]): void {
    const decision: Var = { type: { dtype: "bool", shape: [] } };
    const made = results(this.#values, node, { branches: [...branches, { decision, want: true }] });
    this.steps.push({ kind: "take", node, inputs, branches, outputs: [...made, decision] });
  }

  #gradient(node: Gradient, [of, value]: readonly Var[]): void {
    const pass = this.passes.get(node.pass) ?? { reads: [], writes: [] };
    this.passes.set(node.pass, pass);
    if (node.role === "from") pass.from = { of: of!, seed: value, node };
    else if (node.role === "write") pass.writes.push({ of: of!, value: value! });
    else {
      const { type, loose, branches } = of!;
      const to: Var = { type, ...(loose && { loose }), ...(branches && { branches }) };
      this.#values.set(node.results[0]!, to);
      pass.reads.push({ of: of!, to, node });
    }
  }

  #inputs(node: Node): (Var | undefined)[] {
    const inputs = node.kind === "op" ? node.inputs : inputsOf(node);
    return inputs.map((input) => input && this.valueOf(input));
  }

  #tooLate(node: Node): boolean {
    const { stop } = this.program;
    return stop !== undefined && compareTimes(this.#clock.of(node).time, stop) > 0;
  }
}

/** What a node waits for. */
const needsOf = (node: Node): Result[] => [
  ...inputsOf(node),
  ...orderOf(node),
  ...guardsOf(node).map(({ decision }) => decision),
];

const acts = ({ kind }: Node): boolean =>
  kind === "effect" || kind === "apply" || kind === "region" || kind === "exit" || kind === "decide";

/** Each branch once. */
function union(lists: readonly (readonly Branch[])[]): Branch[] {
  const all: Branch[] = [];
  for (const branch of lists.flat())
    if (!all.some(({ decision, want }) => decision === branch.decision && want === branch.want))
      all.push(branch);
  return all;
}
