/** `tracer.cache()`: what many modules give and are given, by their paths. */
import { leavesOf, mapTree, type Tree } from "../base/tree.ts";
import { type Fn, join } from "../ir/fn.ts";
import type { DType } from "../tensor/type.ts";
import type { Edges } from "./edges.ts";
import type { Rows } from "./rows.ts";
import { isTensor, type Tensor } from "./tensor.ts";

export interface CacheOptions {
  /** Modules, or their paths. Default: all that the model calls. */
  readonly modules?: readonly (string | { readonly path: string })[];
  /** Default false. */
  readonly inputs?: boolean;
  /** Default true. */
  readonly outputs?: boolean;
  /** What floats are converted to, such as `float16` to keep half of the bytes. */
  readonly dtype?: DType;
}

export interface Cached {
  /** As the module's `output`: a tensor, a tuple or an object. */
  // biome-ignore lint/suspicious/noExplicitAny: each module has a form of its own
  readonly output?: any;
  /** `[args, kwargs]`. */
  // biome-ignore lint/suspicious/noExplicitAny: each module has a form of its own
  readonly inputs?: any;
}

export type Cache = Readonly<Record<string, Cached>>;

/** Saves what was asked for, of the modules that a function calls. */
export function cacheOf(
  fn: Fn,
  edges: Edges,
  rows: Rows | undefined,
  { modules, inputs = false, outputs = true, dtype }: CacheOptions,
): Cache {
  const paths = modules?.map((one) => (typeof one === "string" ? one : one.path)) ?? [...calledIn(fn, "")];
  const kept = (tree: Tree<Tensor>): Tree<Tensor> => {
    const made = mapTree(tree, isTensor, (x) => (dtype && x.dtype.startsWith("float") ? x.to(dtype) : x));
    for (const tensor of leavesOf(made, isTensor)) tensor.save();
    return made as Tree<Tensor>;
  };
  const read = (module: string, edge: "inputs" | "output"): Tree<Tensor> =>
    kept(edges.read({ module, call: 0, edge }, rows));
  return Object.fromEntries(
    [...new Set(paths)].map((path) => [
      path,
      { ...(outputs && { output: read(path, "output") }), ...(inputs && { inputs: read(path, "inputs") }) },
    ]),
  );
}

function* calledIn({ nodes }: Fn, prefix: string): Generator<string> {
  for (const node of nodes)
    if (node.kind === "call" && !node.fn.place) {
      const path = join(prefix, node.callee);
      yield path;
      yield* calledIn(node.fn, path);
    }
}
