/** Custom envoys: names of one's own at modules, such as the heads of an attention, each read and written by a function. */
import { ValueError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import type { Module } from "../nn/module.ts";

/** Makes the names that a module has besides its own: an object of values, functions, getters and setters. */
// biome-ignore lint/suspicious/noExplicitAny: each module has an envoy of its own
export type View = (envoy: any) => object;

/** By class (`LlamaAttention`), by path (`model.layers.0.mlp`), or by the end of a path (`self_attn`). */
export type Views = Readonly<Record<string, View>>;

export type ViewsOf = ReadonlyMap<Module, readonly View[]>;

/** Which modules have views. A key that means no module is told, and no error, as one list may serve several architectures. */
export function viewsIn(root: Module, views: Views): ViewsOf {
  const found = new Map<Module, View[]>();
  const modules = [...root.namedModules()];
  for (const [key, view] of Object.entries(views)) {
    const holders = modules.filter(
      ([path, one]) => one.kind === key || path === key || path.endsWith(`.${key}`),
    );
    for (const [, one] of holders) found.set(one, [...(found.get(one) ?? []), view]);
    if (holders.length) continue;
    const known = new Set(modules.flatMap(([path, one]) => [one.kind, path.split(".").at(-1)!]));
    console.warn(
      `Warning: envoys: no module is called or of the class '${key}'; near are ${nearest(key, known) || "none"}.`,
    );
  }
  return found;
}

/**
 * The names of a module's views, each with the object that has it.
 * @throws ValueError for a name that the module or nnsight has already
 */
export function namesOf(
  envoy: unknown,
  path: string,
  views: readonly View[],
  isTaken: (name: string) => boolean,
): ReadonlyMap<string, object> {
  const names = new Map<string, object>();
  for (const view of views) {
    const made = view(envoy);
    for (const name of Object.keys(Object.getOwnPropertyDescriptors(made))) {
      if (isTaken(name) || names.has(name))
        throw new ValueError(
          `envoys: '${name}' is a name of ${path ? `'${path}'` : "the model"} already. Choose another.`,
        );
      names.set(name, made);
    }
  }
  return names;
}
