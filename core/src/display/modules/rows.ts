/** A module as rows of a tree. */
import { type Fn, join } from "../../ir/fn.ts";
import type { Module } from "../../nn/module.ts";
import { printModule } from "../../nn/print.ts";
import { sizeOf } from "../../tensor/host.ts";
import { printType, type Type } from "../../tensor/type.ts";
import { bytesOf } from "../numbers.ts";
import type { ModuleRow } from "./payload.ts";

/** The first argument and the first result of each module by path, as a function calls them. */
export type Signatures = ReadonlyMap<string, { readonly takes?: Type; readonly gives?: Type }>;

export function signaturesOf(
  fn: Fn,
  prefix = "",
  found = new Map<string, { takes?: Type; gives?: Type }>(),
): Signatures {
  for (const node of fn.nodes) {
    if (node.kind !== "call") continue;
    const path = join(prefix, node.callee);
    if (found.has(path)) continue;
    const [takes, gives] = [node.inputs[0]?.type, node.results[0]?.type];
    found.set(path, { ...(takes && { takes }), ...(gives && { gives }) });
    signaturesOf(node.fn, path, found);
  }
  return found;
}

/** @param path where the module stands in the model that the signatures are of */
export function rowOf(module: Module, name: string, path: string, signatures: Signatures): ModuleRow {
  let [parameters, bytes] = [0, 0];
  for (const [, { dtype, shape }] of module.namedParameters()) {
    parameters += sizeOf(shape);
    bytes += sizeOf(shape) * bytesOf(dtype);
  }
  const { takes, gives } = signatures.get(path) ?? {};
  const weights = Object.entries(module.ownParameters).map(([one, { dtype, shape }]) => ({
    name: one,
    dtype,
    shape,
  }));
  const children = runsOf(module).map(({ first, last, times }) => ({
    ...rowOf(module.children[first]!, first, join(path, first), signatures),
    ...(times > 1 && { times, last }),
  }));
  const extra = module.extra();
  return {
    name,
    kind: module.kind,
    ...(extra && { extra }),
    ...(takes && { takes: printType(takes) }),
    ...(gives && { gives: printType(gives) }),
    parameters,
    bytes,
    ...(weights.length > 0 && { weights }),
    ...(children.length > 0 && { children }),
  };
}

interface Run {
  readonly first: string;
  last: string;
  times: number;
  readonly text: string;
}

/** Children by name; those of a list that are alike and follow each other together. */
function runsOf(module: Module): Run[] {
  const runs: Run[] = [];
  for (const [name, child] of Object.entries(module.children)) {
    const text = module.holdsUnits ? printModule(child) : "";
    const run = runs.at(-1);
    if (module.holdsUnits && run?.text === text) {
      run.last = name;
      run.times++;
    } else runs.push({ first: name, last: name, times: 1, text });
  }
  return runs;
}
