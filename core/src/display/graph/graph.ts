/** A program as lines in the order of the run: the model's modules as far as they are touched, and what is written beside them. */

import { isPlainObject, leavesOf } from "../../base/tree.ts";
import { lineOf } from "../../base/where.ts";
import { callsOf } from "../../compile/estimate.ts";
import { type Fn, insideOf, join } from "../../ir/fn.ts";
import { edgeKey, type Hook, printHook } from "../../ir/hook.ts";
import {
  type Call,
  guardsOf,
  inputsOf,
  isResult,
  type Node,
  type Region,
  type Result,
} from "../../ir/node.ts";
import { Clock, nothing, type Program } from "../../ir/program.ts";
import { treeText } from "../../ir/text/literals.ts";
import { compareTimes, start, type Time } from "../../ir/time.ts";
import { numberAt } from "../../tensor/host.ts";
import { nameOfDim, sizeOfDim, type Type } from "../../tensor/type.ts";
import type { Branch, GraphEdge, GraphGroup, GraphNode, GraphPayload } from "./payload.ts";

/** @param name what is drawn */
export function graphOf(program: Program, name: string): GraphPayload {
  const lines = new Lines();
  new Walk(program, lines, undefined).model();
  return { name, nodes: lines.nodes, edges: lines.edges, groups: lines.groups, left: 0 };
}

type Draft = Omit<GraphNode, "id">;

class Lines {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];
  readonly groups: GraphGroup[] = [];
  /** The line that makes a value. */
  readonly makers = new Map<Result, number>();

  add(draft: Draft): number {
    const id = this.nodes.length;
    this.nodes.push({ id, ...draft });
    return id;
  }

  change(id: number, more: Partial<GraphNode>): void {
    this.nodes[id] = { ...this.nodes[id]!, ...more };
  }

  link(from: number | undefined, to: number, kind: GraphEdge["kind"] = "value"): void {
    if (from === undefined || from === to) return;
    if (!this.edges.some((edge) => edge.from === from && edge.to === to)) this.edges.push({ from, to, kind });
  }

  group(kind: GraphGroup["kind"], label: string, parent: number | undefined): number {
    const id = this.groups.length;
    this.groups.push({ id, kind, label, ...(parent !== undefined && { parent }) });
    return id;
  }
}

/** Goes through a program in the order of its run. */
class Walk {
  readonly #clock = new Clock();
  readonly #written = new Set<Node>();
  readonly #counts = new Map<string, number>();
  readonly #run: ReadonlySet<string>;
  readonly #saved: ReadonlySet<Result>;
  readonly #touched: readonly string[];

  constructor(
    readonly program: Program,
    readonly lines: Lines,
    readonly around: number | undefined,
  ) {
    this.#run = callsOf(program);
    this.#saved = new Set(program.saves.map(({ result }) => result));
    this.#touched = program.touches.map(({ hook }) => hook.module);
  }

  model(): void {
    const { root } = this.program;
    this.#edge({ module: "", call: 0, edge: "inputs" }, start, this.around);
    this.#body(root, "", [], this.around);
    this.#edge({ module: "", call: 0, edge: "output" }, [Number.POSITIVE_INFINITY], this.around);
  }

  #body(fn: Fn, path: string, at: Time, group: number | undefined): void {
    let alike: { id: number; first: string; count: number; name: string } | undefined;
    for (const [position, node] of fn.nodes.entries()) {
      if (node.kind !== "call") continue;
      const full = join(path, node.callee);
      const time = [...at, position];
      const plain = !this.#touched.some((one) => one === full || one.startsWith(`${full}.`));
      const skipped = this.#run.size > 0 && !this.#runs(full);
      if (plain && node.fn.place) continue;
      if (plain && node.unit && alike?.name === `${node.fn.name} ${skipped}`) {
        const label = `${alike.first}–${full.split(".").at(-1)}`;
        this.#counts.set(full, (this.#counts.get(full) ?? 0) + 1);
        alike.count++;
        this.lines.change(alike.id, {
          label,
          times: alike.count,
          detail: `×${alike.count}  ${node.fn.name}`,
        });
        continue;
      }
      const id = this.#call(node, full, node.callee, time, group, skipped);
      const first = node.callee;
      alike = plain && node.unit ? { id, first, count: 1, name: `${node.fn.name} ${skipped}` } : undefined;
    }
  }

  /** The line of a call, or the lines in it when something inside is touched. */
  #call(
    node: Call,
    path: string,
    label: string,
    time: Time,
    group: number | undefined,
    skipped: boolean,
  ): number {
    const { lines } = this;
    const call = this.#counts.get(path) ?? 0;
    this.#counts.set(path, call + 1);
    const inside = this.#touched.some((one) => one.startsWith(`${path}.`));
    const within = inside ? lines.group("module", label, group) : group;
    this.#edge({ module: path, call, edge: "inputs" }, [...time, -1], within);
    let id = -1;
    if (inside) this.#body(insideOf(node), path, time, within);
    if (!inside || this.#touches({ module: path, call, edge: "output" }))
      id = lines.add({
        kind: "module",
        label: inside ? "output" : label,
        ...(inside ? { end: true as const } : { detail: `${node.fn.name}${widths(node)}` }),
        path,
        ...(within !== undefined && { group: within }),
        ...(skipped && { skipped }),
      });
    this.#edge(
      { module: path, call, edge: "output" },
      [...time, Number.POSITIVE_INFINITY],
      within,
      id < 0 ? undefined : id,
      { group },
    );
    return id;
  }

  readonly #runs = (path: string): boolean =>
    [...this.#run].some((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`));

  readonly #touches = (edge: Pick<Hook, "module" | "call" | "edge">): boolean =>
    this.program.touches.some(({ hook }) => edgeKey(hook) === edgeKey(edge));

  /** What is read at an edge, what is written for this time, and what the model goes on with. */
  #edge(
    edge: Pick<Hook, "module" | "call" | "edge">,
    time: Time,
    group: number | undefined,
    module?: number,
    /** The group of what comes after it. */
    after?: { readonly group: number | undefined },
  ): void {
    const { lines } = this;
    const rest = after ? after.group : group;
    const here = this.program.touches.filter(({ hook }) => edgeKey(hook) === edgeKey(edge));
    const about = (at: number | undefined) => ({ path: edge.module, ...(at !== undefined && { group: at }) });
    for (const { hook, read } of here) {
      if (read.node.kind !== "hook" || !this.#used(read)) continue;
      const id = lines.add({
        kind: "read",
        label: printHook(hook),
        ...about(group),
        ...this.#about(read.node, read),
      });
      lines.makers.set(read, id);
      lines.link(module, id, "at");
    }
    for (const node of this.program.nodes)
      if (node.kind !== "hook" && compareTimes(this.#clock.of(node).time, time) === 0) this.#node(node, rest);
    for (const { hook, write } of here) {
      if (!write) continue;
      const { where } = write.node; // of the line that made what is written; on its way there it has no other
      const id = lines.add({
        kind: "write",
        label: printHook(hook),
        ...about(rest),
        ...typed(write.type),
        ...(where && { line: lineOf(where) }),
      });
      lines.link(lines.makers.get(write), id);
      lines.link(module, id, "at");
    }
  }

  /** Whether anything uses what is read: an edge that is only written needs no line for its reading. */
  #used(read: Result): boolean {
    const { nodes, touches } = this.program;
    return (
      this.#saved.has(read) ||
      touches.some(({ write }) => write === read) ||
      nodes.some((node) => inputsOf(node).includes(read))
    );
  }

  #node(node: Node, group: number | undefined): void {
    if (this.#written.has(node) || node.kind === "given" || node.kind === "constant") return;
    this.#written.add(node);
    const { makers } = this.lines;
    if (node.kind === "take") {
      const maker = makers.get(node.of);
      if (maker === undefined) return;
      makers.set(node.results[0]!, maker);
      if (this.#saved.has(node.results[0]!)) this.lines.change(maker, { saved: true });
      return;
    }
    if (node.kind === "region") {
      this.#region(node, group);
      return;
    }
    const what = described(node);
    const id = this.lines.add({
      ...what,
      ...(group !== undefined && { group }),
      ...this.#about(node, node.results[0]),
    });
    for (const result of node.results) makers.set(result, id);
    for (const input of inputsOf(node)) this.lines.link(makers.get(input), id);
  }

  #region(node: Region, group: number | undefined): void {
    const { lines } = this;
    const { body, inputs } = node;
    const program = body.program();
    const label = program.root === nothing ? body.kind : `${body.kind} of ${program.root.name}`;
    const within = lines.group("region", label, group);
    const id = lines.add({ kind: "region", label, group: within, ...this.#about(node, node.results[1]) });
    for (const result of node.results) lines.makers.set(result, id);
    for (const [i, inside] of body.given.entries()) {
      const maker = lines.makers.get(inputs[i]!);
      const item = body.kind === "loop" && i === 0;
      if (item) lines.link(maker, id);
      if (item || maker !== undefined) lines.makers.set(inside, item ? id : maker!);
    }
    new Walk(program, lines, within).model();
  }

  #about(node: Node, result: Result | undefined): Partial<GraphNode> {
    const guards = guardsOf(node).toReversed();
    const branches = guards.flatMap(({ decision, want }): Branch[] => {
      const condition = this.lines.makers.get(decision);
      return condition === undefined ? [] : [{ condition, want }];
    });
    return {
      ...(result && typed(result.type)),
      ...(node.results.some((one) => this.#saved.has(one)) && { saved: true as const }),
      ...(branches.length && { branches }),
      ...(node.where && { line: lineOf(node.where) }),
    };
  }
}

const typed = ({ dtype, shape, dynamic }: Type): Partial<GraphNode> =>
  dynamic ? {} : { dtype, shape: shape.map((dim) => sizeOfDim(dim) ?? nameOfDim(dim)!) };

/** ` · 5 → 10`: the last sizes that go in and come out. */
function widths({ inputs, results }: Call): string {
  const [taken, given] = [inputs[0], results[0]].map((one) => one?.type.shape.at(-1));
  const [from, to] = [taken, given].map((dim) => dim !== undefined && sizeOfDim(dim));
  if (!to || !from) return "";
  return from === to ? ` · ${to}` : ` · ${from} → ${to}`;
}

function described(node: Exclude<Node, Region>): Pick<GraphNode, "kind" | "label" | "detail"> {
  if (node.kind === "op")
    return { kind: "op", label: node.op, ...detail([...numbersOf(node.inputs), ...paramsOf(node.params)]) };
  if (node.kind === "call") return { kind: "call", label: node.callee, detail: node.fn.name };
  if (node.kind === "decide") return { kind: "condition", label: "if" };
  if (node.kind === "merge") return { kind: "merge", label: "either" };
  if (node.kind === "apply") return { kind: "function", label: node.name, ...detail(literals(node.args)) };
  if (node.kind === "effect") return { kind: "log", label: "log", ...detail(literals(node.message)) };
  if (node.kind === "gradient") return { kind: "op", label: node.role === "from" ? "backward" : "grad" };
  if (node.kind === "exit")
    return { kind: "exit", label: node.loop ? "leave the loop" : "leave the session" };
  return { kind: "op", label: node.kind };
}

const detail = (parts: readonly string[]): { detail?: string } =>
  parts.length ? { detail: parts.join(" ") } : {};

/** Numbers that stand among the operands. */
const numbersOf = (inputs: readonly (Result | undefined)[]): string[] =>
  inputs.flatMap((input) => {
    if (input?.node.kind !== "constant") return [];
    const { value } = input.node;
    return [
      value.shape.length
        ? `${value.dtype}[${value.shape.join(", ")}]`
        : String(Number(numberAt(value, 0).toPrecision(6))),
    ];
  });

const paramsOf = (params: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(params).flatMap(([name, value]) => {
    if (value === null || value === undefined || value === false) return [];
    if (name === "indices") return [`[${(value as unknown[]).join(", ")}]`];
    return [`${name} ${Array.isArray(value) ? `[${value.join(", ")}]` : value}`];
  });

/** What of the arguments of a host function is known before the run, in short. */
const literals = (args: readonly unknown[]): string[] =>
  args.flatMap((arg) => {
    const text = leavesOf(arg, isResult).length
      ? ""
      : treeText(arg, (x) =>
          typeof x === "object" && x !== null && !Array.isArray(x) && !isPlainObject(x) ? "…" : undefined,
        );
    return text ? [text.length > 32 ? `${text.slice(0, 31)}…` : text] : [];
  });
