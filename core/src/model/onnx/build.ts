/** A flat graph as a tree of modules with their bodies: what stands in a module becomes its function, and what stands in those inside it calls. */
import type { Tree } from "../../base/tree.ts";
import { Builder } from "../../ir/builder.ts";
import type { Fn } from "../../ir/fn.ts";
import type { Input, Result } from "../../ir/node.ts";
import { ModuleList } from "../../nn/containers.ts";
import { FixedModule } from "../../nn/fixed.ts";
import { isModule, type Module } from "../../nn/module.ts";
import type { FlatGraph } from "../../onnx/read.ts";
import { rawName, rawParams } from "../../ops/raw.ts";
import type { Host } from "../../tensor/host.ts";
import type { Type } from "../../tensor/type.ts";
import { isLazy } from "../../trace/state.ts";
import { Tensor } from "../../trace/tensor.ts";
import { group } from "./group.ts";
import { type Scoped, scopesOf } from "./scopes.ts";

/** Constants below this many values are part of the structure, others are parameters. */
const LEAST_PARAMETER = 2;

/** Said in the tree of a loop, or of branches of which only a run takes one. */
const CLOSED = "its outputs can be read, its inside cannot";

/** @param types of all values, by name */
export function buildModule(graph: FlatGraph, types: ReadonlyMap<string, Type>): FixedModule {
  const { scoped, classes } = scopesOf(graph);
  const root = new FixedModule(classes.get("") ?? "OnnxModel");
  const inputs = graph.inputs.map(({ name }) => name);
  const output: Tree<string> =
    graph.outputs.length === 1
      ? graph.outputs[0]!
      : Object.fromEntries(graph.outputs.map((name) => [name, name]));
  const maker = new Maker(graph, types, classes);
  root.addBody(maker.bodyOf(root, "", scoped, 0, inputs, output));
  return listed(root) as FixedModule;
}

class Maker {
  readonly #modules = new Map<string, FixedModule>();
  /** Parameters, so that modules which share one share its tensor. */
  readonly #tensors = new Map<string, Tensor>();
  readonly #graph: FlatGraph;
  readonly #types: ReadonlyMap<string, Type>;
  readonly #classes: ReadonlyMap<string, string>;
  /** How often each value is read, by nodes and as a result of the whole. */
  readonly #readers = new Map<string, number>();

  constructor(graph: FlatGraph, types: ReadonlyMap<string, Type>, classes: ReadonlyMap<string, string>) {
    this.#graph = graph;
    this.#types = types;
    this.#classes = classes;
    for (const name of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs])
      this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
  }

  bodyOf(
    module: FixedModule,
    path: string,
    nodes: readonly Scoped[],
    depth: number,
    passed: readonly string[],
    output: Tree<string>,
  ): Fn {
    const builder = new Builder();
    const values = new Map<string, Result>();
    const inputs = passed.map((name) => {
      const result = builder.input(name, this.#types.get(name)!);
      values.set(name, result);
      return result;
    });
    const value = (name: string): Result => {
      const known = values.get(name) ?? this.#weight(builder, module, path, name);
      values.set(name, known);
      return known;
    };
    for (const item of group(nodes, depth)) {
      if (item.kind === "node") {
        const { node } = item.scoped;
        const types = node.outputs.map(
          (name) => this.#types.get(name) ?? ({ dtype: "float32", shape: [] } as Type),
        );
        const given = node.inputs.map((name) => (name ? value(name) : undefined));
        const made = builder.op(rawName, given, rawParams({ ...node, types }), { place: node.name }, types);
        node.outputs.forEach((name, i) => void values.set(name, made[i]!));
        continue;
      }
      const below = path ? `${path}.${item.callee}` : item.callee;
      const taken = this.#takenBy(item.inside);
      const given = this.#givenBy(item.inside);
      const isClosed = item.inside.length === 1 && item.inside[0]!.node.captures !== undefined;
      const child = this.#moduleAt(module, item.callee, below, isClosed ? CLOSED : "");
      const fn = this.bodyOf(
        child,
        below,
        item.inside,
        depth + 1,
        taken,
        given.length === 1 ? given[0]! : given,
      );
      child.addBody(fn);
      const unit = /(^|\.)\d+$/.test(item.callee) && fn.nodes.some(({ kind }) => kind === "call");
      const types = given.map((name) => this.#types.get(name)!);
      const made = builder.call(item.callee, fn, taken.map(value), unit, types);
      given.forEach((name, i) => void values.set(name, made[i]!));
    }
    const results = (tree: Tree<string>): Tree<Result> => {
      if (typeof tree === "string") return value(tree);
      if (Array.isArray(tree)) return (tree as string[]).map(value);
      return Object.fromEntries(
        Object.entries(tree as object).map(([key, name]) => [key, value(name as string)]),
      );
    };
    return {
      name: module.kind,
      inputs: inputs.map(({ node }) => node as Input),
      args: [inputs, {}],
      nodes: builder.nodes,
      output: results(output),
    };
  }

  /** What nodes read of others, in the order of their first use. */
  #takenBy(nodes: readonly Scoped[]): string[] {
    const made = new Set(nodes.flatMap(({ node }) => node.outputs));
    const read = nodes.flatMap(({ node }) => node.inputs);
    return [...new Set(read)].filter((name) => name && !made.has(name) && !this.#graph.weights.has(name));
  }

  /** What others read of nodes: what the last of them makes comes first, as a layer's hidden state does before its keys. */
  #givenBy(nodes: readonly Scoped[]): string[] {
    const within = new Map<string, number>();
    for (const name of nodes.flatMap(({ node }) => node.inputs))
      within.set(name, (within.get(name) ?? 0) + 1);
    const isGiven = (name: string): boolean =>
      name !== "" && (this.#readers.get(name) ?? 0) > (within.get(name) ?? 0);
    const made = nodes.map(({ node }) => node.outputs.filter(isGiven)).filter(({ length }) => length);
    return made.length ? [...made.at(-1)!, ...made.slice(0, -1).flat()] : [nodes.at(-1)!.node.outputs[0]!];
  }

  #moduleAt(parent: FixedModule, callee: string, path: string, note: string): FixedModule {
    const known = this.#modules.get(path);
    if (known) return known;
    const made = new FixedModule(this.#classes.get(path) ?? "Module", note);
    this.#modules.set(path, made);
    const names = callee.split(".");
    let holder: Module = parent;
    for (const name of names.slice(0, -1)) {
      const there: unknown = Reflect.get(holder, name);
      const next = isModule(there) ? there : new FixedModule("Module");
      if (next !== there) Reflect.set(holder, name, next);
      holder = next;
    }
    Reflect.set(holder, names.at(-1)!, made);
    return made;
  }

  /** A constant, or a parameter of the module that uses it. */
  #weight(builder: Builder, module: FixedModule, path: string, name: string): Result {
    const host = this.#graph.weights.get(name)!;
    const { dtype, shape } = host;
    const isParameter = dtype === "float32" && shape.reduce((a, b) => a * b, 1) >= LEAST_PARAMETER;
    if (!isParameter) return builder.constant(host);
    const tensor = this.#tensors.get(name) ?? new Tensor(host);
    this.#tensors.set(name, tensor);
    const field = fieldFor(module, path, name, tensor);
    Reflect.set(module, field, tensor);
    return builder.weight({ name: field, read: () => hostIn(module, field) }, { dtype, shape });
  }
}

/** `h.0.ln.weight` in `h.0.ln` is `weight`; other names are kept as far as they can be names of fields. */
function fieldFor(module: Module, path: string, name: string, tensor: Tensor): string {
  const own = path && name.startsWith(`${path}.`) ? name.slice(path.length + 1) : name;
  const last = /(^|\.)(weight|bias)$/.exec(name)?.[2];
  const wanted = last ?? own.replace(/[^\w$]+/g, "_");
  for (let i = 0; ; i++) {
    const field = i === 0 ? wanted : `${wanted}_${i}`;
    const there: unknown = Reflect.get(module, field);
    if (there === undefined || there === tensor) return field;
  }
}

function hostIn(module: Module, field: string): Host {
  const { state } = Reflect.get(module, field) as Tensor;
  if (isLazy(state))
    throw new TypeError(`the parameter '${field}' holds a lazy value: assign a concrete tensor.`);
  return state;
}

/** Modules whose children are numbered and that have no body of their own become lists. */
function listed(module: Module): Module {
  for (const [name, child] of Object.entries(module.children)) Reflect.set(module, name, listed(child));
  const children = Object.entries(module.children);
  const isList =
    module instanceof FixedModule &&
    !module.body &&
    children.length > 0 &&
    children.every(([name], i) => name === String(i));
  return isList ? new ModuleList(children.map(([, child]) => child)) : module;
}
