/** Calling a module: at once on concrete tensors, as a call in the program that its lazy arguments belong to. */
import { NNsightError } from "../base/errors.ts";
import { isPlainObject, leavesOf, mapTree } from "../base/tree.ts";
import { isResult } from "../ir/node.ts";
import { bind, sizesOf } from "../ir/sizes.ts";
import { broughtInto } from "../trace/apply.ts";
import { currentScope, writtenHere } from "../trace/contexts.ts";
import type { Scope } from "../trace/scope.ts";
import { isLazy } from "../trace/state.ts";
import { isTensor, Tensor } from "../trace/tensor.ts";
import { Body } from "./body.ts";
import type { Module } from "./module.ts";
import { recordFn, recordRoot } from "./record.ts";

/** @param path where the module stands in the model that is traced, when a user calls it by its envoy */
export function callModule(module: Module, args: readonly unknown[], path = module.kind): unknown {
  const scope = scopeOf(args);
  if (!scope) return module.forward(...args);
  if (!(scope instanceof Body)) return callIn(scope, module, path, false, args);
  const place = placeOf(scope.owner, module);
  return place ? callIn(scope, module, place.path, place.unit, args) : module.forward(...args);
}

/** The program of the first lazy argument; the open body when all are its parameters. */
function scopeOf(args: readonly unknown[]): Scope | undefined {
  const states = leavesOf(args, isTensor).map((tensor) => tensor.state);
  const lazy = states.find(isLazy);
  if (lazy && isLazy(lazy)) return lazy.scope;
  const open = currentScope();
  return open instanceof Body ? open : undefined;
}

/** Where a module stands below another one, and whether it is one of many alike. */
function placeOf(
  owner: Module,
  module: Module,
): { readonly path: string; readonly unit: boolean } | undefined {
  for (const [path, one] of owner.namedModules()) {
    if (one === module) return path ? { path, unit: false } : undefined;
    if (one.holdsUnits)
      for (const [name, child] of Object.entries(one.children))
        if (child === module) return { path: path ? `${path}.${name}` : name, unit: true };
  }
  return undefined;
}

function callIn(
  scope: Scope,
  module: Module,
  path: string,
  unit: boolean,
  args: readonly unknown[],
): unknown {
  try {
    const results = mapTree(withNames(args), isTensor, (tensor) => broughtInto(scope, tensor.state));
    const inputs = leavesOf(results, isResult);
    const signature = mapTree(results, isResult, ({ type }) => type);
    const fn = scope instanceof Body ? recordFn(module, signature) : recordRoot(module, signature).fn;
    const sizes = sizesOf(inputs.map(({ type }) => type));
    const types = leavesOf(fn.output, isResult).map(({ type }) => bind(type, sizes));
    const made = scope.builder.call(path, fn, inputs, unit, types, writtenHere());
    let i = 0;
    return mapTree(fn.output, isResult, () => new Tensor({ result: made[i++]!, scope }));
  } catch (error) {
    if (error instanceof NNsightError && !error.message.includes("[in "))
      error.message += ` [in ${path}, ${module.kind}]`;
    throw error;
  }
}

/** `[args, kwargs]`: a plain object at the end holds arguments by name. */
export function withNames(args: readonly unknown[]): [readonly unknown[], Record<string, unknown>] {
  const last = args.at(-1);
  return isPlainObject(last) ? [args.slice(0, -1), last] : [args, {}];
}
