/** What a program will cost, from its types alone: the modules that will be run, their arithmetic, the bytes that are kept. */
import { leavesOf } from "../base/tree.ts";
import { lineOf } from "../base/where.ts";
import type { Fn } from "../ir/fn.ts";
import { isResult, type OpNode, type Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import { typesOf } from "../ir/types.ts";
import { opNamed } from "../ops/named.ts";
import { facts } from "../tensor/dtype.ts";
import { nameOfDim, sizeOfDim, type Type } from "../tensor/type.ts";
import { narrow } from "./narrow.ts";
import { open } from "./open.ts";
import { prune } from "./prune.ts";
import type { RegionStep, Step, Var } from "./step.ts";

export interface Cost {
  /** Paths of the modules that will be run, each once, in the order of the run; of those that are looked into, their parts. */
  readonly modules: readonly string[];
  /** Floating-point operations, a multiplication and an addition counted as two. */
  readonly flops: number;
  /** Bytes of the values that are saved. */
  readonly bytes: number;
  /** What is not known before the run, in words; unknown sizes count as 1. */
  readonly unknown: readonly string[];
}

/** @param inputs the types of the arguments of the program's model, as far as they are known */
export function costOf(program: Program, inputs: readonly Type[]): Cost {
  const tally = new Tally();
  tally.program(program, inputs);
  return tally.cost;
}

/** What one call of a module costs, and the types of what it gives. */
interface Body {
  readonly types: readonly Type[];
  readonly flops: number;
  readonly unknown: readonly string[];
}

/** By the types of the arguments, of so many of which the cost is kept. */
const known = new WeakMap<Fn, Map<string, Body>>();
const mostKnown = 64;

const dimText = (dim: Type["shape"][number]): string => String(sizeOfDim(dim) ?? nameOfDim(dim));

class Tally {
  readonly #modules = new Set<string>();
  readonly #unknown = new Set<string>();
  /** What is taken out of programs within is counted where it goes. */
  readonly #inner = new Map<Result, Type | undefined>();
  #flops = 0;
  #bytes = 0;

  get cost(): Cost {
    return {
      modules: [...this.#modules],
      flops: this.#flops,
      bytes: this.#bytes,
      unknown: [...this.#unknown],
    };
  }

  program(program: Program, inputs: readonly Type[], taken: ReadonlySet<Result> = new Set()): void {
    const straight = open(program);
    const types = new Map<Var, Type | undefined>();
    const typeOf = (value: Var): Type | undefined =>
      types.has(value)
        ? types.get(value)
        : value.source?.kind === "input"
          ? inputs[value.source.index]
          : value.type;
    const outer = new Set(straight.steps.flatMap((step) => (step.kind === "take" ? [step.node.of] : [])));
    const steps = narrow(prune(straight), straight.wanted);
    for (const step of steps) {
      if (step.branches.length) this.#unknown.add("which branches are taken");
      const made = this.#step(
        step,
        step.inputs.map((value) => value && typeOf(value)),
        outer,
      );
      for (const [i, value] of step.outputs.entries()) types.set(value, made[i]);
    }
    for (const { result, value } of straight.wanted) {
      this.#inner.set(result, typeOf(value));
      if (!taken.has(result)) this.#save(typeOf(value), result);
    }
  }

  #step(
    step: Step,
    inputs: readonly (Type | undefined)[],
    outer: ReadonlySet<Result>,
  ): readonly (Type | undefined)[] {
    if (step.kind === "op") return this.#op(step.node, inputs);
    if (step.kind === "call") {
      this.#modules.add(step.path);
      return this.#call(step.fn, inputs as Type[]);
    }
    if (step.kind === "merge") return [inputs[1] ?? inputs[2]];
    if (step.kind === "take") return [this.#inner.get(step.node.of) ?? step.node.of.type];
    if (step.kind === "region") this.#region(step, outer);
    if (step.kind === "backward") this.#unknown.add("the work of going back for gradients");
    if (step.kind === "apply") this.#unknown.add(`the work of ${step.node.name}`);
    return step.outputs.map(({ type }) => (type.dynamic ? undefined : type));
  }

  #op(node: OpNode, inputs: readonly (Type | undefined)[]): readonly Type[] {
    const types = inputs as Type[];
    this.#flops += opNamed(node.op).flops(types, node.params);
    for (const type of types) if (type) this.#sizes(type);
    return typesOf(
      node.op,
      types.map((type) => type && { type }),
      node.params,
    );
  }

  /** The body of a module for these arguments, which is looked into once. */
  #call(fn: Fn, inputs: readonly Type[]): readonly Type[] {
    const key = inputs.map((type) => (type ? `${type.dtype} ${type.shape.map(dimText)}` : "")).join(";");
    const of = known.get(fn) ?? new Map<string, Body>();
    const body = of.get(key) ?? new Tally().#body(fn, inputs);
    if (of.size < mostKnown) known.set(fn, of.set(key, body));
    this.#flops += body.flops;
    for (const what of body.unknown) this.#unknown.add(what);
    return body.types;
  }

  #body(fn: Fn, inputs: readonly Type[]): Body {
    const types = new Map<Result, Type>(fn.inputs.map((input, i) => [input.results[0]!, inputs[i]!]));
    const typeOf = (result: Result): Type => types.get(result) ?? result.type;
    for (const node of fn.nodes) {
      if (node.kind !== "op" && node.kind !== "call") continue;
      const made =
        node.kind === "op"
          ? this.#op(
              node,
              node.inputs.map((input) => input && typeOf(input)),
            )
          : this.#call(node.fn, node.inputs.map(typeOf));
      for (const [i, result] of node.results.entries()) types.set(result, made[i]!);
    }
    return {
      types: leavesOf(fn.output, isResult).map(typeOf),
      flops: this.#flops,
      unknown: [...this.#unknown],
    };
  }

  #region({ node: { body, where } }: RegionStep, outer: ReadonlySet<Result>): void {
    const taken = new Set(outer);
    if (body.kind === "loop") {
      this.#unknown.add(`the turns of the loop${where ? ` at ${lineOf(where)}` : ""}, counted as one`);
      for (const { start, next } of body.variables) taken.add(start).add(next);
    }
    this.program(body.program(), body.kind === "trace" ? body.types() : [], taken);
  }

  #save(type: Type | undefined, { node }: Result): void {
    if (!type || type.dynamic) {
      this.#unknown.add(`the size of what ${node.kind === "apply" ? node.name : `a ${node.kind}`} gives`);
      return;
    }
    this.#sizes(type);
    this.#bytes += type.shape.reduce<number>(
      (product, dim) => product * (sizeOfDim(dim) ?? 1),
      facts[type.dtype].bytes,
    );
  }

  #sizes({ shape }: Type): void {
    for (const dim of shape)
      if (sizeOfDim(dim) === undefined)
        this.#unknown.add(
          `the size of ${/^nonzero/.test(nameOfDim(dim)!) ? "what a mask picks" : nameOfDim(dim)}`,
        );
  }
}

/** Paths of the modules that a program runs, without those of programs within. */
export const callsOf = (program: Program): Set<string> =>
  new Set(prune(open(program)).flatMap((step) => (step.kind === "call" ? [step.path] : [])));
