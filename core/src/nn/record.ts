/** Records modules as functions: one body for each form of arguments, for any size of the named axes. */
import { RuntimeError } from "../base/errors.ts";
import { isPlainObject, leavesOf, mapTree, type Tree } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import type { Input, Result } from "../ir/node.ts";
import { type Sizes, sizesOf, unbind } from "../ir/sizes.ts";
import { printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { broughtInto } from "../trace/apply.ts";
import { refuseAsync } from "../trace/callback.ts";
import { popContext, pushContext } from "../trace/contexts.ts";
import { isTensor, Tensor } from "../trace/tensor.ts";
import { Body, SizeRead } from "./body.ts";
import type { Module } from "./module.ts";
import { changesSoFar, versionOf } from "./version.ts";

/** `[args, kwargs]` of types and literals. */
export type Signature = Tree<Type>;

/**
 * The module as a function for arguments of these types. A forward that reads the size of a named axis is recorded
 * for that size; all others serve any size.
 */
export function recordRoot(module: Module, signature: Signature): Root {
  const known = typeof signature === "object" && signature !== null ? roots.get(signature) : undefined;
  if (known?.module === module && known.seen === changesSoFar()) return known.root;
  const root = rootFor(module, signature);
  if (typeof signature === "object" && signature !== null)
    roots.set(signature, { module, seen: changesSoFar(), root });
  return root;
}

interface Root {
  readonly fn: Fn;
  readonly sizes: Sizes;
}

/** By the very signature, for as long as no module changes. */
const roots = new WeakMap<object, { readonly module: Module; readonly seen: number; readonly root: Root }>();

function rootFor(module: Module, signature: Signature): Root {
  const fixed = module.fixed(signature);
  if (fixed) {
    modules.set(fixed, module);
    return { fn: fixed, sizes: sizesGiven(fixed, leavesOf(signature, isType)) };
  }
  const sizes = sizesOf(leavesOf(signature, isType));
  const kept = new Map<string, number>();
  for (;;) {
    try {
      return {
        fn: recordFn(
          module,
          mapTree(signature, isType, (type) => unbind(type, kept)),
        ),
        sizes,
      };
    } catch (error) {
      if (!(error instanceof SizeRead)) throw error;
      const size = sizes.get(error.axis);
      if (size === undefined || kept.has(error.axis))
        throw new RuntimeError(
          `a forward reads the size of the axis '${error.axis}', which is not known yet when several invokes share a batch. ` +
            "Use ops that need no size (flatten, unflatten, -1 in reshape), or one trace for each input.",
        );
      kept.set(error.axis, size);
    }
  }
}

/** The sizes of the axes that a body names, by those of its arguments. */
function sizesGiven({ inputs }: Fn, types: readonly Type[]): Sizes {
  const sizes = sizesOf(types);
  for (const [i, input] of inputs.entries())
    for (const [axis, dim] of input.results[0]!.type.shape.entries()) {
      const size = sizeOfDim(types[i]?.shape[axis] ?? dim);
      if (typeof dim !== "number" && size !== undefined) sizes.set(dim.name, size);
    }
  return sizes;
}

const modules = new WeakMap<Fn, Module>();

/** The module that a function was recorded of. */
export const moduleOf = (fn: Fn): Module | undefined => modules.get(fn);

interface Recorded {
  readonly fn: Fn;
  readonly versions: readonly (readonly [Module, number])[];
  /** How many changes of modules there had been when it was last seen to be fresh. */
  seen: number;
}

const recorded = new WeakMap<Module, Map<string, Recorded>>();

/** The body for exactly these types, recorded once for as long as no module in it changes. */
export function recordFn(module: Module, signature: Signature): Fn {
  const key = JSON.stringify(mapTree(signature, isType, printType), (_, value) =>
    typeof value === "bigint" || value === undefined ? String(value) : value,
  );
  const fixed = module.fixed(signature);
  if (fixed) return fixed;
  const bodies = recorded.get(module) ?? new Map<string, Recorded>();
  recorded.set(module, bodies);
  const known = bodies.get(key);
  const now = changesSoFar();
  if (known?.seen === now) return known.fn;
  if (known?.versions.every(([one, version]) => versionOf(one) === version)) {
    known.seen = now;
    return known.fn;
  }
  const fn = record(module, signature);
  modules.set(fn, module);
  const versions = [...module.namedModules()].map(([, one]) => [one, versionOf(one)] as const);
  bodies.set(key, { fn, versions, seen: changesSoFar() });
  return fn;
}

const record = (module: Module, signature: Signature): Fn =>
  recordBody(module, module.kind, signature, (...args) => module.forward(...args));

/** What a forward, or a part of it, computes from arguments of these types. */
export function recordBody(
  owner: Module,
  name: string,
  signature: Signature,
  forward: (...args: unknown[]) => unknown,
): Fn {
  const body = new Body(owner);
  const inputs: Input[] = [];
  const args = mapTree(signature, isType, (type, path) => {
    const result = body.builder.input(path.join("."), type);
    inputs.push(result.node as Input);
    return result;
  });
  const [positional, named] = mapTree(
    args,
    isResultLeaf,
    (result) => new Tensor({ result, scope: body }),
  ) as [unknown[], Record<string, unknown>];
  pushContext(body);
  try {
    const made: unknown = refuseAsync(
      forward(...positional, ...(Object.keys(named).length ? [named] : [])),
      "forward",
    );
    const output = mapTree(made, isTensor, (tensor) => broughtInto(body, tensor.state));
    if (leavesOf(output, isResultLeaf).length === 0)
      throw new RuntimeError(
        `the forward of ${name} returned no tensor. Return a tensor, an array or an object of tensors.`,
      );
    return { name, inputs, args, nodes: body.builder.nodes, output };
  } finally {
    popContext(body);
    body.close();
  }
}

export const isType = (x: unknown): x is Type =>
  typeof x === "object" && x !== null && "dtype" in x && "shape" in x && !isTensor(x) && isPlainObject(x);

const isResultLeaf = (x: unknown): x is Result =>
  typeof x === "object" && x !== null && "node" in x && "index" in x;
