/** Programs as text: a line for a node, regions and branches in braces, the user's lines as comments. */
import { isPlainObject } from "../../base/tree.ts";
import { lineOf, type Where } from "../../base/where.ts";
import type { Host } from "../../tensor/host.ts";
import { numberAt, sizeOf } from "../../tensor/host.ts";
import type { Fn } from "../fn.ts";
import {
  type Apply,
  type Constant,
  type Guard,
  guardsOf,
  inputsOf,
  isResult,
  type Node,
  type Pass,
  type Region,
  type Result,
} from "../node.ts";
import { nothing, type Program, type Save } from "../program.ts";
import type { RegionBody } from "../region.ts";
import { compareTimes } from "../time.ts";
import {
  hookText,
  isLiteral,
  numberText,
  opText,
  paramsText,
  treeText,
  typeText,
  valuesText,
  valueText,
} from "./literals.ts";
import { inOrder } from "./order.ts";
import { actionsOf, Labels, nameIn, type References } from "./references.ts";

/** Tensors of more values than this are only named. */
const mostValues = 16;

/** A program as text, and what the text names without saying it. */
export interface Printed {
  readonly text: string;
  readonly references: References;
  /** The results by the names that the text gives them. */
  readonly results: ReadonlyMap<string, Result>;
  /** The programs within, by label. */
  readonly bodies: ReadonlyMap<string, RegionBody>;
}

export interface PrintOptions {
  /** The user's lines, as comments. Default true. */
  readonly lines?: boolean;
}

/** @example print(program).text // "program on @Sequential {\n  %0: float32[batch=1, 10] = hook layer1.output\n…" */
export function print(program: Program, { lines = true }: PrintOptions = {}): Printed {
  const writer = new Writer();
  writer.program(program);
  const { references, results, bodies } = writer;
  return { text: writer.text(lines), references, results, bodies };
}

interface Line {
  readonly text: string;
  readonly where?: Where | undefined;
}

class Writer {
  readonly #lines: Line[] = [];
  readonly #names = new Map<Result, string>();
  readonly results = new Map<string, Result>();
  readonly #inline = new Map<Result, string>();
  readonly #fns = new Labels<Fn>();
  readonly #tensors = new Labels<Host>();
  readonly #functions = new Labels<Apply["run"]>();
  readonly #values = new Labels<unknown>();
  readonly #bodies = new Labels<RegionBody>();
  readonly #passes = new Labels<Pass>();
  #depth = 0;

  get references(): References {
    const regions = new Map(
      [...this.#bodies.table].map(([label, body]) => [label, actionsOf(body, this.results)]),
    );
    return {
      fns: this.#fns.table,
      tensors: this.#tensors.table,
      functions: this.#functions.table,
      values: this.#values.table,
      regions,
    };
  }

  get bodies(): ReadonlyMap<string, RegionBody> {
    return this.#bodies.table;
  }

  /** Comments stand in one column, unless a line is long. */
  text(lines: boolean): string {
    const widths = this.#lines.map(({ text }) => text.length).filter((width) => width <= 72);
    const column = Math.max(0, ...widths) + 2;
    return this.#lines
      .map(({ text, where }) => (lines && where ? `${text.padEnd(column)}  # ${lineOf(where)}` : text))
      .join("\n");
  }

  program(program: Program): void {
    this.#put(`program${this.#on(program)} {`);
    this.#body(program);
    this.#put("}");
  }

  #put(text: string, where?: Where): void {
    this.#lines.push({ text: "  ".repeat(this.#depth) + text, where });
  }

  readonly #on = ({ root }: Program): string =>
    root === nothing ? "" : ` on ${this.#fns.of(root, root.name)}`;

  #name(result: Result): string {
    const known = this.#inline.get(result) ?? this.#names.get(result);
    if (known) return known;
    const name = `%${this.#names.size}`;
    this.#names.set(result, name);
    this.results.set(name, result);
    return name;
  }

  readonly #list = (results: readonly Result[]): string => results.map((one) => this.#name(one)).join(", ");

  readonly #typed = (result: Result): string => `${this.#name(result)}: ${typeText(result.type)}`;

  #body({ nodes, touches, saves, stop }: Program, body?: RegionBody): void {
    this.#depth++;
    this.#inlineScalars(nodes, [
      ...touches.flatMap(({ write }) => write ?? []),
      ...saves.map(({ result }) => result),
      ...(body?.kind === "loop" ? body.variables.map(({ next }) => next) : []),
    ]);
    this.#branches(
      inOrder(nodes).filter((node) => node.kind !== "given" && !this.#inline.has(node.results[0]!)),
    );
    for (const { hook, write } of touches)
      if (write) this.#put(`write ${hookText(hook)} = ${this.#name(write)}`);
    if (body?.kind === "loop")
      for (const { start, next } of body.variables)
        this.#put(`next ${this.#name(start)} = ${this.#name(next)}`);
    for (const save of saves) this.#put(`save ${this.#name(save.result)}${this.#when(save)}`);
    if (stop) {
      const at = nodes.find((node) => node.kind === "hook" && compareTimes(node.time, stop) === 0);
      this.#put(`stop ${at?.kind === "hook" ? hookText(at.hook) : `[${stop.map(numberText).join(", ")}]`}`);
    }
    this.#depth--;
  }

  /** A number that one op uses stands where it is used. */
  #inlineScalars(nodes: readonly Node[], others: readonly Result[]): void {
    const uses = new Map<Result, number>();
    const note = (result: Result, times: number): void =>
      void uses.set(result, (uses.get(result) ?? 0) + times);
    for (const node of nodes)
      for (const input of inputsOf(node)) note(input, node.kind === "op" || node.kind === "decide" ? 1 : 2);
    for (const result of others) note(result, 2);
    for (const node of nodes) {
      if (node.kind !== "constant" || node.value.shape.length || uses.get(node.results[0]!) !== 1) continue;
      this.#inline.set(node.results[0]!, scalarText(node));
    }
  }

  /** The nodes, each stretch of one branch in braces. What is read in any case stays in the branch around it. */
  #branches(nodes: readonly Node[]): void {
    let open: readonly Guard[] = [];
    const go = (next: readonly Guard[]): void => {
      let same = 0;
      while (same < open.length && same < next.length && sameGuard(open[same]!, next[same]!)) same++;
      for (const _ of open.slice(same)) {
        this.#depth--;
        this.#put("}");
      }
      for (const guard of next.slice(same)) {
        this.#put(`if ${this.#guard(guard)} {`);
        this.#depth++;
      }
      open = next;
    };
    for (const [i, node] of nodes.entries()) {
      if (!reads.has(node.kind)) go(guardsOf(node).toReversed());
      else {
        const next = nodes.slice(i).find(({ kind }) => !reads.has(kind));
        const around = next ? guardsOf(next).toReversed() : [];
        go(open.filter((guard, depth) => around[depth] && sameGuard(guard, around[depth])));
      }
      this.#node(node);
    }
    go([]);
  }

  readonly #guard = ({ decision, want }: Guard): string => `${want ? "" : "not "}${this.#name(decision)}`;

  #when(save: Save): string {
    const guards = guardsOf(save).toReversed();
    return guards.length ? ` if ${guards.map(this.#guard).join(" and ")}` : "";
  }

  #node(node: Node): void {
    if (node.kind === "region") {
      this.#region(node);
      return;
    }
    const made = node.results.map(this.#typed).join(", ");
    this.#put(`${made}${made && " = "}${this.#work(node)}`, node.where);
  }

  #work(node: Exclude<Node, Region>): string {
    switch (node.kind) {
      case "constant":
        return `constant ${this.#constant(node)}`;
      case "hook":
        return `hook ${hookText(node.hook)}`;
      case "op":
        return `${opText(node.op)} ${node.inputs.map((input) => (input ? this.#name(input) : "_")).join(", ")}${paramsText(node.params)}`.trimEnd();
      case "call":
        return `call ${this.#fns.of(node.fn, node.fn.name)} ${node.unit ? "unit " : ""}${JSON.stringify(node.callee)} (${this.#list(node.inputs)})`;
      case "decide":
        return `decide ${this.#name(node.condition)}`;
      case "merge":
        return `merge ${this.#name(node.decision)} ? ${this.#name(node.yes)} : ${this.#name(node.no)}`;
      case "take":
        return `take ${this.#name(node.of)} of ${this.#name(node.from)}`;
      case "apply":
        return `apply ${this.#function(node)} (${node.args.map((arg) => this.#tree(arg)).join(", ")})${this.#after(node)}`;
      case "effect":
        return `log (${node.message.map((part) => this.#tree(part)).join(", ")})${this.#after(node)}`;
      case "gradient":
        return `gradient ${this.#passes.of(node.pass, "pass")} ${node.role} ${this.#list(node.inputs)}`;
      case "exit": {
        const held = node.variables.map((one, i) => `${this.#name(one)} = ${this.#name(node.inputs[i]!)}`);
        const left = node.loop ? this.#bodies.of(node.loop, "loop") : "session";
        return `exit ${left}${held.length ? ` (${held.join(", ")})` : ""}`;
      }
      default:
        return node.kind;
    }
  }

  /** The label tells the name, but for odd ones. */
  #function({ run, name }: Apply): string {
    const label = this.#functions.of(run, name);
    return nameIn(label) === name ? label : `${label} ${JSON.stringify(name)}`;
  }

  #constant({ value }: Constant): string {
    return sizeOf(value.shape) > mostValues ? this.#tensors.of(value, "tensor") : valuesText(value);
  }

  #tree(tree: unknown): string {
    return treeText(tree, (x) => {
      if (isResult(x)) return this.#name(x);
      return isLiteral(x) || Array.isArray(x) || isPlainObject(x) ? undefined : this.#values.of(x, "value");
    });
  }

  readonly #after = ({ after }: { readonly after: readonly Result[] }): string =>
    after.length ? ` after ${this.#list(after)}` : "";

  /** A body that was written already, such as that of an edit in a second trace, is only named. */
  #region(node: Region): void {
    const { body, inputs, results } = node;
    const known = this.#bodies.has(body);
    const label = this.#bodies.of(body, body.kind);
    const head = `${this.#name(results[0]!)}, ${this.#name(results[1]!)} = ${body.kind} ${label}`;
    const given = inputs.map(
      (input, i) => (known ? "" : `${this.#typed(body.given[i]!)} = `) + this.#name(input),
    );
    const line = `${head} (${given.join(", ")})${this.#after(node)}`;
    if (known) {
      this.#put(line, node.where);
      return;
    }
    const program = body.program();
    this.#put(`${line}${this.#on(program)} {`, node.where);
    this.#body(program, body);
    this.#put("}");
  }
}

/** They are read whatever branch is taken, so they have none. */
const reads: ReadonlySet<Node["kind"]> = new Set(["hook", "constant", "take"]);

const sameGuard = (a: Guard, b: Guard): boolean => a.decision === b.decision && a.want === b.want;

const scalarText = ({ value }: Constant): string =>
  value.dtype === "bool" ? (numberAt(value, 0) ? "true" : "false") : `${valueText(value, 0)}:${value.dtype}`;
