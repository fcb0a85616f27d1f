/** A module's function as a graph of ONNX operators and calls. Bodies that are alike are written once. */
import { leavesOf } from "../../base/tree.ts";
import type { Fn } from "../../ir/fn.ts";
import { type Call, isResult, type Node, type OpNode, type Result } from "../../ir/node.ts";
import { printType, type Type } from "../../tensor/type.ts";
import { cut } from "../json.ts";
import { grouped } from "./groups.ts";
import { operatorsOf } from "./operators.ts";
import type { FlowBody, FlowStep } from "./payload.ts";

/** A step while its body is written. */
export interface Draft extends FlowStep {
  /** One of many modules that are alike. */
  readonly unit?: true;
}

export class Bodies {
  readonly all: FlowBody[] = [];
  readonly #written = new Map<string, number>();
  readonly #known = new WeakMap<Fn, number>();

  /** The place of a body; an equal one has the same. */
  add(steps: readonly FlowStep[], edges: FlowBody["edges"]): number {
    const text = JSON.stringify([steps, edges]);
    const known = this.#written.get(text);
    if (known !== undefined) return known;
    const size = steps.reduce((sum, { kind, body }) => sum + this.#sizeOf(kind, body), 0);
    this.#written.set(text, this.all.length);
    return this.all.push({ steps, edges, size }) - 1;
  }

  of(fn: Fn): number {
    const known = this.#known.get(fn);
    if (known !== undefined) return known;
    const { steps, edges } = grouped(new Writer(this, fn).written(), this);
    const body = this.add(
      steps.map(({ unit: _, ...step }) => step),
      edges,
    );
    this.#known.set(fn, body);
    return body;
  }

  #sizeOf(kind: FlowStep["kind"], body: number | undefined): number {
    if (body !== undefined) return this.all[body]!.size;
    return kind === "operator" || kind === "op" ? 1 : 0;
  }
}

export interface Written {
  readonly steps: readonly Draft[];
  readonly edges: FlowBody["edges"];
}

class Writer {
  readonly #steps: Draft[] = [];
  readonly #edges = new Map<string, readonly [number, number]>();
  readonly #makers = new Map<Result, number>();
  /** Weights and numbers, which are said at the steps that read them. */
  readonly #said = new Map<Result, string>();

  constructor(
    readonly bodies: Bodies,
    readonly fn: Fn,
  ) {}

  written(): Written {
    const { fn } = this;
    for (const input of fn.inputs) {
      const [result] = input.results;
      this.#makers.set(
        result!,
        this.#step({ kind: "input", label: inputName(input.name, fn), ...typed(result) }),
      );
    }
    for (const node of fn.nodes) this.#node(node);
    const outputs = leavesOf(fn.output, isResult);
    for (const [i, result] of outputs.entries()) {
      const label = outputs.length === 1 ? "output" : `output ${i}`;
      this.#link([result], this.#step({ kind: "output", label, ...typed(result) }));
    }
    return { steps: this.#steps, edges: [...this.#edges.values()] };
  }

  #node(node: Node): void {
    if (node.kind === "weight") {
      const { shape } = node.results[0]!.type;
      this.#said.set(node.results[0]!, `${node.slot.name} ${shape.join("×")}`);
    } else if (node.kind === "constant") {
      const { value } = node;
      if (value.data.length === 1)
        this.#said.set(node.results[0]!, String(Number(Number(value.data[0]).toPrecision(4))));
    } else if (node.kind === "op") this.#make(node, node.inputs, this.#op(node));
    else if (node.kind === "call" && node.fn.place) this.#pass(node);
    else if (node.kind === "call")
      this.#make(node, node.inputs, {
        kind: "call",
        label: node.callee,
        detail: node.fn.name,
        body: this.bodies.of(node.fn),
        ...(node.unit && { unit: true as const }),
      });
  }

  #op(node: OpNode): Draft {
    const said = node.inputs.flatMap((input) => (input && this.#said.get(input)) ?? []);
    const detail = said.length > 0 ? { detail: cut(said.join(", "), 60) } : {};
    const written = operatorsOf(node);
    const [only] = written.operators;
    if (written.operators.length === 1) return { kind: "operator", label: only!.name, ...detail };
    if (written.operators.length === 0) return { kind: "op", label: node.op, ...detail };
    const steps = written.operators.map(({ name }): FlowStep => ({ kind: "operator", label: name }));
    return { kind: "op", label: node.op, ...detail, body: this.bodies.add(steps, written.edges) };
  }

  #make(node: Node, inputs: readonly (Result | undefined)[], draft: Draft): void {
    const step = this.#step({ ...draft, ...typed(node.results[0]) });
    for (const result of node.results) this.#makers.set(result, step);
    this.#link(inputs, step);
  }

  /** What a place gives is what it is given: no step of its own. */
  #pass({ inputs: [from], results: [to] }: Call): void {
    const maker = this.#makers.get(from!);
    if (maker !== undefined) this.#makers.set(to!, maker);
  }

  #step(draft: Draft): number {
    return this.#steps.push(draft) - 1;
  }

  #link(from: readonly (Result | undefined)[], to: number): void {
    for (const result of from) {
      const maker = result && this.#makers.get(result);
      if (maker !== undefined) this.#edges.set(`${maker} ${to}`, [maker, to]);
    }
  }
}

const typed = (result: Result | undefined): { type?: string } =>
  result && !result.type.dynamic ? { type: printType(result.type as Type) } : {};

/** `0.0` is the first argument, `1.mask` the one named `mask`. */
function inputName(name: string, { inputs }: Fn): string {
  const [list, ...rest] = name.split(".");
  const own = rest.join(".");
  if (list === "1") return own;
  return inputs.filter((input) => input.name.startsWith("0.")).length === 1 ? "input" : `input ${own}`;
}
