/** Submodules and parameters that are called as something of nnsight's: they keep their name, and ours is `nnsOutput`. */
import { isModule, type Module } from "../nn/module.ts";
import { Tensor } from "../trace/tensor.ts";

/** Names that each module of a model has. */
export const accessorNames = [
  "input",
  "inputs",
  "output",
  "calls",
  "source",
  "path",
  "attach",
  "next",
  "all",
  "skip",
  "get",
  "children",
  "modules",
  "namedModules",
  "parameters",
  "namedParameters",
  "toString",
] as const;
export type AccessorName = (typeof accessorNames)[number];

/** `nnsOutput` for `output`. */
export const moved = (name: string): string => `nns${name[0]!.toUpperCase()}${name.slice(1)}`;

/** Whether a name is a submodule or a parameter of the module. */
export function isField(module: Module, name: string): boolean {
  const value: unknown = Object.hasOwn(module, name) ? Reflect.get(module, name) : undefined;
  return isModule(value) || value instanceof Tensor;
}

/** Which name of nnsight's a key means at a module; none where the module's own field is meant. */
export function meant(module: Module, key: string): string | undefined {
  const plain = /^nns\p{Lu}/u.test(key) ? `${key[3]!.toLowerCase()}${key.slice(4)}` : "";
  if (plain && isField(module, plain)) return plain;
  return isField(module, key) ? undefined : key;
}

/** One warning for all clashes of a model. */
export function warnClashes(root: Module, extras: Iterable<string>): void {
  const everywhere = new Set<string>(accessorNames);
  const atRoot = new Set([...everywhere, ...extras]);
  const places = new Map<string, string[]>();
  for (const [path, module] of root.namedModules())
    for (const name of [...Object.keys(module.children), ...Object.keys(module.ownParameters)])
      if ((path ? everywhere : atRoot).has(name))
        places.set(name, [...(places.get(name) ?? []), path || "the root"]);
  if (places.size === 0) return;
  const named = [...places].map(
    ([name, [first, ...more]]) =>
      `'${name}' (in ${first}${more.length ? ` and ${more.length} more` : ""}; use '${moved(name)}' there)`,
  );
  console.warn(
    `Warning: some modules have a submodule or parameter with a name of nnsight's. It keeps the name, and nnsight's own moves: ${named.join(", ")}.`,
  );
}
