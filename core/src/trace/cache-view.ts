/** What a cache is to its user: an entry for each path, and modules within modules by attribute. */
import { AttributeError, IndexError, KeyError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import type { Cache, Cached } from "./cache.ts";

const inspect = Symbol.for("nodejs.util.inspect.custom");
const language: ReadonlySet<string> = new Set(["then", "toJSON", "constructor"]);

/** A module of the cache, or one above such. No plain object, so that a cache comes back from a callback as it is. */
class Branch {
  readonly children = new Map<string, Cached>();

  constructor(
    readonly path: string,
    readonly entries: ReadonlyMap<string, Cached>,
  ) {}

  [inspect](): string {
    const own = [...this.entries.keys()].filter(
      (path) => path === this.path || path.startsWith(this.path && `${this.path}.`),
    );
    return `Cache(${own.join(", ")})`;
  }
}

export function cacheView(entries: ReadonlyMap<string, Cached>): Cache {
  const branches = new Map<string, Branch>([["", new Branch("", entries)]]);
  const views = new Map<string, Cached>();
  const viewAt = (path: string): Cached => {
    const known = views.get(path);
    if (known) return known;
    const branch = branches.get(path) ?? new Branch(path, entries);
    branches.set(path, branch);
    const view = viewOf(branch, path ? undefined : viewAt);
    views.set(path, view);
    const above = path.split(".").slice(0, -1).join(".");
    viewAt(above);
    if (path) branches.get(above)!.children.set(path.split(".").at(-1)!, view);
    return view;
  };
  for (const path of entries.keys()) viewAt(path);
  return viewAt("") as unknown as Cache;
}

/** @param byPath of the whole cache: its entries have their paths as names */
function viewOf(branch: Branch, byPath?: (path: string) => Cached): Cached {
  const { path, entries, children } = branch;
  const own = entries.get(path) ?? {};
  const names = byPath ? [...entries.keys()].filter(Boolean) : Object.keys(own);
  const at = (key: string): unknown => {
    if (byPath && entries.has(key)) return byPath(key);
    if (key === "output" || key === "inputs") return own[key];
    if (key === "input") return (own.inputs as readonly (readonly unknown[])[] | undefined)?.[0]?.[0];
    const place = /^-\d+$/.test(key) ? String(children.size + Number(key)) : key;
    return children.get(place);
  };
  return new Proxy(branch, {
    get(_, key) {
      if (typeof key === "symbol") return Reflect.get(branch, key);
      const found = at(key);
      if (found !== undefined || ["output", "inputs", "input"].includes(key) || language.has(key))
        return found;
      throw missing(branch, key, byPath ? names : [...children.keys()]);
    },
    has: (_, key) => typeof key === "string" && at(key) !== undefined,
    ownKeys: () => names,
    getOwnPropertyDescriptor: (_, key) => {
      const value = typeof key === "string" ? at(key) : undefined;
      return value === undefined ? undefined : { value, enumerable: true, configurable: true };
    },
  }) as unknown as Cached;
}

function missing({ path, children }: Branch, key: string, names: readonly string[]): Error {
  const near = nearest(key, names);
  const what = near ? ` Did you mean ${near}?` : ` It has ${names.slice(0, 8).join(", ") || "nothing"}.`;
  const list = [...children.keys()];
  if (list.length && list.every((one) => /^\d+$/.test(one)) && /^-?\d+$/.test(key))
    return new IndexError(`the cache of '${path}' has no [${key}]: it has ${list.join(", ")}.`);
  if (key.includes(".")) return new KeyError(`the cache has no module '${key}'.${what}`);
  return new AttributeError(`the cache${path && ` of '${path}'`} has no '${key}'.${what}`);
}
