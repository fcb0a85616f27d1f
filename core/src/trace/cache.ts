/** `tracer.cache()`: what many modules give and are given, by their paths. */
import { leavesOf, mapTree, type Tree } from "../base/tree.ts";
import { type Fn, join } from "../ir/fn.ts";
import type { DType } from "../tensor/type.ts";
import { cacheView, type Entries } from "./cache-view.ts";
import type { Edges } from "./edges.ts";
import type { Rows } from "./rows.ts";
import type { Subject } from "./subject.ts";
import { isTensor, type Tensor } from "./tensor.ts";

export interface CacheOptions {
  /** Modules, or their paths, also by other names. Default: all that the model calls. */
  readonly modules?: readonly (string | { readonly path: string })[];
  /** Default false. */
  readonly inputs?: boolean;
  /** Default true. */
  readonly outputs?: boolean;
  /** What floats are converted to, such as `float16` to keep half of the bytes. */
  readonly dtype?: DType;
}

/** What one module gave and was given. Modules within it are its properties: `cache.model.layers[0].mlp.output`. */
export interface Cached {
  /** As the module's `output`: a tensor, a tuple or an object. */
  // biome-ignore lint/suspicious/noExplicitAny: each module has a form of its own
  readonly output?: any;
  /** `[args, kwargs]`. */
  // biome-ignore lint/suspicious/noExplicitAny: each module has a form of its own
  readonly inputs?: any;
  /** The first positional argument. */
  readonly input?: Tensor;
  // biome-ignore lint/suspicious/noExplicitAny: the model decides what is in it
  readonly [module: string]: any;
}

/** By path, `cache["model.layers.0"]`, or by attribute, `cache.model.layers[0]`; other names of modules hold, too. */
export type Cache = Readonly<Record<string, Cached>>;

/** What one module gave and was given in each step of a generation. Modules within it are its properties. */
export interface CachedSteps extends Iterable<Cached> {
  readonly length: number;
  readonly [step: number]: Cached;
  // biome-ignore lint/suspicious/noExplicitAny: the model decides what is in it
  readonly [module: string]: any;
}

/** As `Cache`, with an entry for each step that came: `cache["model.layers.0"][2].output`. */
export type StepCache = Readonly<Record<string, CachedSteps>>;

/** Where a cache is written: a forward, and the names of its model. */
export interface Cacheable {
  readonly fn: Fn;
  readonly edges: Edges;
  readonly rows: Rows | undefined;
  readonly pathOf: Subject["pathOf"];
}

/** Saves what was asked for, of the modules that a function calls. */
export const cacheOf = (forward: Cacheable, options: CacheOptions): Cache =>
  cacheView(entriesOf(forward, options), forward.pathOf) as unknown as Cache;

/** Those of several steps as one, for as many as there are in the list. */
export const cacheOver = (
  steps: readonly ReadonlyMap<string, Cached>[],
  pathOf: Subject["pathOf"],
): StepCache => {
  const [first] = steps;
  const entries: Entries = {
    keys: () => first?.keys() ?? [],
    has: (path) => first?.has(path) ?? false,
    get: (path) => (first?.has(path) ? steps.map((step) => step.get(path)!) : undefined),
  };
  return cacheView(entries, pathOf) as unknown as StepCache;
};

export function entriesOf(
  { fn, edges, rows, pathOf }: Cacheable,
  { modules, inputs = false, outputs = true, dtype }: CacheOptions,
): ReadonlyMap<string, Cached> {
  const paths = modules?.map((one) => (typeof one === "string" ? (pathOf?.(one) ?? one) : one.path)) ?? [
    ...calledIn(fn, ""),
  ];
  const kept = (tree: Tree<Tensor>): Tree<Tensor> => {
    const made = mapTree(tree, isTensor, (x) => (dtype && x.dtype.startsWith("float") ? x.to(dtype) : x));
    for (const tensor of leavesOf(made, isTensor)) tensor.save();
    return made as Tree<Tensor>;
  };
  const read = (module: string, edge: "inputs" | "output"): Tree<Tensor> =>
    kept(edges.read({ module, call: 0, edge }, rows));
  const entry = (path: string): Cached => {
    const given = inputs ? read(path, "inputs") : undefined;
    const made = { ...(outputs && { output: read(path, "output") }), ...(given && { inputs: given }) };
    return Object.defineProperty(made, "input", { value: (given as Tensor[][] | undefined)?.[0]?.[0] });
  };
  return new Map([...new Set(paths)].map((path) => [path, entry(path)]));
}

function* calledIn({ nodes }: Fn, prefix: string): Generator<string> {
  for (const node of nodes)
    if (node.kind === "call" && !node.fn.place && !node.fn.opened) {
      const path = join(prefix, node.callee);
      yield path;
      yield* calledIn(node.fn, path);
    }
}
