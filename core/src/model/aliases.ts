/** Other names of modules: what `rename` asks for, and where in a tree each of them holds. */
import { ValueError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import type { Module } from "../nn/module.ts";
import type { Views } from "./views.ts";

/**
 * Other names by name or path. A name or path holds at each module below which it leads somewhere, one that begins with
 * a dot only at the root: `{ mlp: "ff" }` names every `mlp`, `{ "model.layers": "blocks" }` puts `blocks` beside `model`.
 */
export type Rename = Readonly<Record<string, string | readonly string[]>>;

/** What `NamingOptions` has. */
export const namingOptions: readonly (keyof NamingOptions)[] = ["rename", "envoys"];

export interface NamingOptions<R extends Rename = Rename, V extends Views = Views> {
  /** Other names of modules; their own keep working. */
  readonly rename?: R;
  /**
   * Names of one's own at modules, by their class, path, or the end of their path. Those by the name of a child are typed.
   * @example { envoys: { self_attn: (attention) => ({ get heads() { return attention.o_proj.input.unflatten(-1, [9, 64]); } }) } }
   */
  readonly envoys?: V;
}

/** For each module its other names, and the path from there that each stands for. */
export type Aliases = ReadonlyMap<Module, ReadonlyMap<string, string>>;

/**
 * @param reserved names that no module may take
 * @throws ValueError for a name that is taken, or is no name
 */
export function aliasesIn(root: Module, rename: Rename, reserved: ReadonlySet<string>): Aliases {
  const aliases = new Map<Module, Map<string, string>>();
  const missing: string[] = [];
  const modules = [...root.namedModules()];
  for (const [given, names] of Object.entries(rename)) {
    const path = given.replace(/^\./, "");
    const holders = (given === path ? modules : modules.slice(0, 1)).filter(([, one]) => leads(one, path));
    if (holders.length === 0) missing.push(given);
    for (const [at, holder] of holders)
      for (const name of [names].flat().map((alias) => alias.replace(/^\./, ""))) {
        if (name === path) continue;
        const own = aliases.get(holder) ?? new Map<string, string>();
        aliases.set(holder, own);
        check(name, given);
        const taken = name in holder || reserved.has(name) || (own.get(name) ?? path) !== path;
        if (taken)
          throw new ValueError(
            `rename: '${given}' cannot be called '${name}', which is a name of ${at ? `'${at}'` : "the model"} already. Choose another.`,
          );
        own.set(name, path);
      }
  }
  if (missing.length) warnMissing(missing, modules);
  return aliases;
}

/** Whether there is a module at a path. */
export function leads(from: Module, path: string): boolean {
  let at: Module | undefined = from;
  for (const part of path.split("."))
    at = at && Object.entries(at.children).find(([name]) => name === part)?.[1];
  return at !== undefined;
}

/** The path of a module, of which any part may be another name by one of some tables; nothing where there is none. */
export function pathIn(root: Module, tables: readonly Aliases[], name: string): string | undefined {
  let at = root;
  const path: string[] = [];
  const rest = name.split(".");
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    const child: Module | undefined = Object.entries(at.children).find(([own]) => own === part)?.[1];
    const other = child ? undefined : tables.flatMap((table) => table.get(at)?.get(part!) ?? [])[0];
    if (!child && other === undefined) return undefined;
    if (other !== undefined) rest.unshift(...other.split("."));
    else {
      path.push(part);
      at = child!;
    }
  }
  return path.join(".");
}

function check(name: string, given: string): void {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name))
    throw new ValueError(
      `rename: '${given}' cannot be called '${name}': give one name, as in { "model.layers": "blocks" }.`,
    );
}

/** No error, as one list of names may serve several architectures. */
function warnMissing(missing: readonly string[], modules: readonly (readonly [string, Module])[]): void {
  const known = new Set(modules.flatMap(([path]) => [path, path.split(".").at(-1)!]));
  for (const given of missing) {
    const near = nearest(given, known);
    console.warn(
      `Warning: rename: no module is called '${given}'${near && `; near are ${near}`}. The name is passed over.`,
    );
  }
}
