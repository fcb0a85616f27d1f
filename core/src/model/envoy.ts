/** Envoys: a model's modules as users write them, `lm.model.layers[-1].self_attn.output`. */
import { AttributeError, RuntimeError, TypeError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import { isPlainObject } from "../base/tree.ts";
import { type Generation, generationAround } from "../generate/generation.ts";
import { findPlace } from "../ir/fn.ts";
import { callModule } from "../nn/call.ts";
import { isModule, type Module } from "../nn/module.ts";
import { printModule } from "../nn/print.ts";
import { currentScope, guarded, written } from "../trace/contexts.ts";
import type { Edges } from "../trace/edges.ts";
import { type Origin, weakly } from "../trace/state.ts";
import type { Subject } from "../trace/subject.ts";
import { type Home, Tensor } from "../trace/tensor.ts";
import type { Forward } from "../trace/tracer.ts";
import type { Aliases } from "./aliases.ts";
import { type AccessorName, accessorNames, isField, meant, moved } from "./clashes.ts";
import { edgeAccess, form, openForward, poisoned, type Use } from "./edge-access.ts";
import { sourceOf } from "./source.ts";
import { placeNamed, translated } from "./standard-names.ts";
import { treeOf } from "./tree.ts";
import { namesOf, type ViewsOf } from "./views.ts";

/** What the root of a model adds to its modules: `trace`, `tokenizer`, …. */
export type Extras = Readonly<Record<string, unknown>>;

/** The model that an envoy belongs to. */
export interface Root {
  /** For people: the class. */
  readonly name: string;
  readonly aliases: Aliases;
  /** Names that are the same for all architectures; not shown. */
  readonly standard: Aliases;
  readonly views: ViewsOf;
  readonly subject: Subject;
}

/** Names that the language itself asks objects for: a model has none of them, so that it can be awaited and printed. */
const languageNames = new Set(["then", "toJSON", "constructor", "prototype", "caller", "arguments"]);
const inspect = Symbol.for("nodejs.util.inspect.custom");
const display = Symbol.for("Jupyter.display");

/** Which module an envoy is of, and what is in it: a kernel asks for an editor, by the function at this symbol. */
const modules = new WeakMap<object, Place>();

/** What an envoy stands for. */
export interface Place {
  readonly module: Module;
  readonly path: string;
  readonly subject: Subject;
}

/** `undefined` for anything that is no envoy, of which nothing is asked. */
export const placeOf = (x: object): Place | undefined => modules.get(x);

/** Where parameters stand that users have read of a model. */
const parameters = new WeakMap<Tensor, Origin>();

/** Where a tensor was read of a model, as a value of a trace or as one of its parameters. */
export const originOf = (tensor: Tensor): Origin | undefined => tensor.origin ?? parameters.get(tensor);

/** Of the parameter at a path, which no line has made. */
export function parameterOrigin(path: string, subject: Subject): Origin {
  const [module, name] = [path.slice(0, Math.max(0, path.lastIndexOf("."))), path.split(".").at(-1)];
  return { expression: `${module || "model"}.${name}`, module, model: weakly(subject), where: {} };
}

/** How an envoy shows itself under a notebook's cell, which `display` knows. */
let picture: ((envoy: object) => Record<string, unknown>) | undefined;
export const drawEnvoys = (draw: typeof picture): void => {
  picture = draw;
};

Object.defineProperty(globalThis, Symbol.for("nnsight.module"), {
  configurable: true,
  value(envoy: object) {
    const module = modules.get(envoy)?.module;
    return (
      module && {
        kind: module.kind,
        children: Object.entries(module.children).map(([name, one]) => [name, one.kind]),
      }
    );
  },
});

/** The envoy of the module at `path`. `call` is which of its calls is meant. */
export function envoyOf(root: Root, module: Module, path: string, extras: Extras = {}, call = 0): unknown {
  let names: ReadonlyMap<string, object> | undefined;
  const children = new Map<string, { readonly module: Module; readonly envoy: unknown }>();
  const below = (name: string): string => (path ? `${path}.${name}` : name);
  const parameter = (value: Tensor, name: string): Tensor => {
    if (currentScope()) return readOnly(value, below(name));
    parameters.set(value, parameterOrigin(below(name), root.subject));
    return value;
  };
  const child = (name: string, one: Module): unknown => {
    const known = children.get(name);
    if (known?.module === one) return known.envoy;
    const envoy = envoyOf(root, one, below(name));
    children.set(name, { module: one, envoy });
    return envoy;
  };
  const within = (what: string, use?: Use): Forward =>
    openForward(root, path, `${path || root.name}.${isField(module, what) ? moved(what) : what}`, use);
  const edges = edgeAccess(within, path, call);

  const print = (): string => printModule(module, (one) => root.aliases.get(one));
  const target = (): undefined => undefined;
  // Node's console looks behind a proxy, so what it prints stands on the target.
  Object.defineProperty(target, inspect, { value: print, configurable: true });
  const self = new Proxy(target as (...args: unknown[]) => unknown, {
    get,
    set,
    apply: (_, __, args) => written(() => callModule(module, withoutHook(args), path)),
    deleteProperty: (_, key) => {
      if (Object.hasOwn(module, key) && !currentScope()) return Reflect.deleteProperty(module, key);
      throw poisoned(new TypeError(`'${String(key)}' of ${path || root.name} cannot be deleted.`));
    },
    has: (_, key) =>
      typeof key === "string" &&
      (accessorOf(key) !== undefined ||
        key in module ||
        aliases?.has(key) === true ||
        viewOf(key) !== undefined),
    ownKeys: () => Object.keys(module.children),
    getOwnPropertyDescriptor: (_, key) => {
      const one = module.children[String(key)];
      return one && { value: child(String(key), one), enumerable: true, configurable: true };
    },
    getPrototypeOf: () => null,
  });

  const aliases = root.aliases.get(module);
  const tree = treeOf(self, module, parameter, (to) =>
    path === "" && !(to.split(".")[0]! in module) ? translated(to) : to,
  );
  const accessors: Readonly<Record<AccessorName, () => unknown>> = {
    input: edges.input,
    inputs: edges.inputs,
    output: edges.output,
    source: () => sourceOf(root, path, call),
    calls: () => callsOf(root, module, path),
    path: () => path,
    attach: () => attach,
    next: () => (count?: number) => {
      openGeneration(`${path || root.name}.next()`).next(path, count);
      return self;
    },
    skip: () => edges.skip,
    all: () => (body?: (step: number) => unknown) => {
      const { iter } = openGeneration(`${path || root.name}.all()`);
      return body ? iter.all(body) : iter.all();
    },
    get: () => tree.get,
    children: () => tree.children,
    modules: () => tree.modules,
    namedModules: () => tree.namedModules,
    parameters: () => tree.parameters,
    namedParameters: () => tree.namedParameters,
    toString: () => print,
  };

  /** nnsight's own thing that a key means here. */
  function accessorOf(key: string): (() => unknown) | undefined {
    const name = meant(module, key);
    if (name === undefined) return undefined;
    if (Object.hasOwn(extras, name)) return () => extras[name];
    return Object.hasOwn(accessors, name) ? accessors[name as AccessorName] : undefined;
  }

  /** The view that has a name. */
  function viewOf(name: string): object | undefined {
    const views = root.views.get(module);
    if (!views) return undefined;
    names ??= namesOf(self, path, views, (one) => accessorOf(one) !== undefined || one in module);
    return names.get(name);
  }

  function attach(name: string, attached: Module): unknown {
    if (accessorOf(name))
      throw poisoned(new TypeError(`'${name}' is a name of nnsight's own: attach the module by another.`));
    Reflect.set(module, name, attached);
    return child(name, attached);
  }

  function get(_: unknown, key: string | symbol): unknown {
    if (typeof key === "symbol") return symbolOf(key);
    const accessor = accessorOf(key);
    if (accessor) return accessor();
    if (languageNames.has(key)) return undefined;
    const view = viewOf(key);
    if (view) return Reflect.get(view, key);
    if (module.holdsUnits) {
      const listed = fromList(key);
      if (listed !== undefined) return listed;
    }
    const own: unknown = Reflect.get(module, key);
    if (own instanceof Tensor) return parameter(own, key);
    if (isModule(own)) return child(key, own);
    if (own !== undefined || key in module) return typeof own === "function" ? own.bind(module) : own;
    const alias = aliases?.get(key) ?? root.standard.get(module)?.get(key);
    if (alias !== undefined) return tree.get(alias);
    const named = placeNamed(key);
    if (named !== undefined)
      return written(() => {
        const tracer = within(key);
        const place = placeAt(tracer, named);
        if (place) return form(tracer, place);
        throw poisoned(unknownName(module, path, root, key, []));
      });
    throw poisoned(
      unknownName(module, path, root, key, [...Object.keys(extras), ...(aliases?.keys() ?? [])]),
    );
  }

  function set(_: unknown, key: string | symbol, value: unknown): boolean {
    const name = typeof key === "string" ? meant(module, key) : undefined;
    if (name === "output" || name === "inputs" || name === "input") {
      edges.write(name, value);
      return true;
    }
    const what = String(key);
    const view = viewOf(what);
    if (view && Reflect.set(view, what, value)) return true;
    if (view || accessorOf(what))
      throw poisoned(new TypeError(`'${what}' of ${path || root.name} cannot be assigned.`));
    const alias = aliases?.get(what);
    if (alias !== undefined)
      throw poisoned(new TypeError(`'${what}' is another name of '${alias}': assign that.`));
    const present: unknown = Reflect.get(module, key);
    const named = placeNamed(what);
    if (present === undefined && named !== undefined && currentScope()) {
      const tracer = within(what);
      const place = placeAt(tracer, named);
      if (!place) throw poisoned(unknownName(module, path, root, what, []));
      guarded(() => tracer.edges.write(place, [], value, tracer.rows), tracer.recording);
      return true;
    }
    if (isModule(present) && !isModule(value))
      throw poisoned(
        new TypeError(
          `'${what}' of ${path || root.name} is a module, and only a module can take its place.` +
            (Object.hasOwn(accessors, what) ? ` Its value in a trace is '${moved(what)}'.` : ""),
        ),
      );
    // Outside a trace it is a note of the user's own; inside it would be lost.
    if (currentScope() && typeof key === "string" && !(key in module) && !isModule(value))
      throw poisoned(unknownName(module, path, root, what, aliases?.keys() ?? []));
    if (currentScope() && value instanceof Tensor)
      throw poisoned(
        new RuntimeError(`parameters are read-only inside a trace: assign '${below(what)}' outside it.`),
      );
    return Reflect.set(module, key, value);
  }

  function symbolOf(key: symbol): unknown {
    if (key === display && picture) return () => ({ ...picture?.(self), "text/plain": print() });
    return key === Symbol.iterator ? () => tree.children().values() : undefined;
  }

  /** A place of this name within the module. */
  function placeAt(tracer: Forward, name: string): Parameters<Edges["read"]>[0] | undefined {
    const found = findPlace(tracer.edges.model().fn, path, name);
    return found === undefined ? undefined : { module: found, call, edge: "output" };
  }

  /** `[-1]`, `length`, `map` and `slice` of a list of modules. */
  function fromList(key: string): unknown {
    const { children: listed } = module;
    const names = Object.keys(listed);
    if (/^-?\d+$/.test(key)) {
      const at = Number(key) < 0 ? names.length + Number(key) : Number(key);
      const one = listed[String(at)];
      if (one) return child(String(at), one);
      throw poisoned(
        new AttributeError(
          `${path} has ${names.length} modules: there is no [${key}] (use ${-names.length} to ${names.length - 1}).`,
        ),
      );
    }
    const list = (): unknown[] => names.map((name) => child(name, listed[name]!));
    if (key === "length") return names.length;
    if (key === "map" || key === "slice" || key === "at" || key === "forEach" || key === "entries") {
      const all = list();
      return (all[key] as (...args: unknown[]) => unknown).bind(all);
    }
    return undefined;
  }

  modules.set(self, { module, path, subject: root.subject });
  return self;
}

/** `{ hook: true }` asks that what is inside can be observed, which is always so here. */
function withoutHook(args: readonly unknown[]): readonly unknown[] {
  const last = args.at(-1);
  if (!isPlainObject(last) || !("hook" in last)) return args;
  const { hook: _, ...rest } = last;
  return Object.keys(rest).length ? [...args.slice(0, -1), rest] : args.slice(0, -1);
}

function callsOf(root: Root, module: Module, path: string): unknown {
  return new Proxy([], {
    get: (_, key) =>
      typeof key === "string" && /^\d+$/.test(key) ? envoyOf(root, module, path, {}, Number(key)) : undefined,
  });
}

/** @throws RuntimeError outside a generation, where a module has no steps */
function openGeneration(what: string): Generation {
  const generation = generationAround();
  if (generation) return generation;
  throw poisoned(
    new RuntimeError(
      `${what} goes through the steps of a generation, and none is open. Write it inside: \`await lm.generate(prompt, { maxNewTokens: 3 }, (tracer) => …)\`.`,
    ),
  );
}

/** A parameter inside a trace: a value like any other, but for writing. */
function readOnly(parameter: Tensor, name: string): Tensor {
  const home: Home = {
    write() {
      throw new RuntimeError(
        `the parameter '${name}' is read-only inside a trace. Write to it outside, or use \`.clone()\`.`,
      );
    },
  };
  return new Tensor(parameter.state, home);
}

function unknownName(
  module: Module,
  path: string,
  root: Root,
  name: string,
  more: Iterable<string>,
): AttributeError {
  // Names as short as `all` are near to everything.
  const own = accessorNames.filter((one) => one.length > 4);
  const near = nearest(name, [...Object.keys(module), ...more, ...own]);
  const known = Object.keys(module.children);
  return new AttributeError(
    `${path ? `'${path}' (${module.kind})` : root.name} has no '${name}'. ` +
      (near
        ? `Did you mean ${near}?`
        : `It has ${known.length ? known.slice(0, 8).join(", ") : "no modules"}, input, inputs and output.`),
  );
}
