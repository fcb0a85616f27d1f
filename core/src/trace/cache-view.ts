/** What a cache is to its user: an entry for each path, and modules within modules by attribute. */
import { AttributeError, IndexError, KeyError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import type { Cached } from "./cache.ts";
import type { Subject } from "./subject.ts";

const inspect = Symbol.for("nodejs.util.inspect.custom");
const edges: ReadonlySet<string> = new Set(["output", "inputs", "input"]);
const language: ReadonlySet<string> = new Set(["then", "toJSON", "constructor"]);

/** By path; a list where a module was called in several steps. */
export interface Entries {
  keys(): Iterable<string>;
  has(path: string): boolean;
  get(path: string): Cached | readonly Cached[] | undefined;
}

/** A module of the cache, or one above such. No plain object, so that a cache comes back from a callback as it is. */
class Branch {
  readonly children = new Map<string, Cached>();

  constructor(
    readonly path: string,
    readonly entries: Entries,
  ) {}

  [inspect](): string {
    const own = [...this.entries.keys()].filter(
      (path) => path === this.path || path.startsWith(this.path && `${this.path}.`),
    );
    return `Cache(${own.join(", ")})`;
  }
}

/** @param pathOf the path of a module by another name */
export function cacheView(entries: Entries, pathOf: Subject["pathOf"]): Cached {
  const branches = new Map<string, Branch>([["", new Branch("", entries)]]);
  const views = new Map<string, Cached>();
  const viewAt = (path: string): Cached => {
    const known = views.get(path);
    if (known) return known;
    const branch = branches.get(path) ?? new Branch(path, entries);
    branches.set(path, branch);
    const view = viewOf(branch, path ? undefined : viewAt, (key) => {
      const meant = pathOf?.(path ? `${path}.${key}` : key);
      return meant === undefined ? undefined : views.get(meant);
    });
    views.set(path, view);
    const above = path.split(".").slice(0, -1).join(".");
    viewAt(above);
    if (path) branches.get(above)!.children.set(path.split(".").at(-1)!, view);
    return view;
  };
  for (const path of entries.keys()) viewAt(path);
  return viewAt("");
}

/**
 * @param byPath of the whole cache: its entries have their paths as names
 * @param otherwise by another name
 */
function viewOf(
  branch: Branch,
  byPath: ((path: string) => Cached) | undefined,
  otherwise: (key: string) => Cached | undefined,
): Cached {
  const { path, entries, children } = branch;
  const own = (): Cached | readonly Cached[] => entries.get(path) ?? {};
  const names = (): string[] => (byPath ? [...entries.keys()].filter(Boolean) : Object.keys(own()));
  const at = (key: string): unknown => {
    if (byPath && entries.has(key)) return byPath(key);
    const one = own();
    if (isList(one)) {
      if (key === "length") return one.length;
      if (isPlace(key)) return one.at(Number(key));
      if (edges.has(key)) throw ofOneStep(path, key);
    } else if (edges.has(key)) return one[key];
    const place = /^-\d+$/.test(key) ? String(children.size + Number(key)) : key;
    return children.get(place) ?? otherwise(key);
  };
  return new Proxy(branch, {
    get(_, key) {
      const one = own();
      if (key === Symbol.iterator) return isList(one) ? one.values.bind(one) : undefined;
      if (typeof key === "symbol") return Reflect.get(branch, key);
      const found = at(key);
      if (found !== undefined || edges.has(key) || language.has(key)) return found;
      if (isList(one) && isPlace(key))
        throw new IndexError(`the cache of '${path}' has no [${key}]: it has ${one.length} steps.`);
      throw missing(branch, key, byPath ? names() : [...children.keys()]);
    },
    has: (_, key) => typeof key === "string" && at(key) !== undefined,
    ownKeys: () => names(),
    getOwnPropertyDescriptor: (_, key) => {
      const value = typeof key === "string" ? at(key) : undefined;
      return value === undefined ? undefined : { value, enumerable: true, configurable: true };
    },
  }) as unknown as Cached;
}

const isList = (one: Cached | readonly Cached[]): one is readonly Cached[] => Array.isArray(one);
const isPlace = (key: string): boolean => /^-?\d+$/.test(key);

const ofOneStep = (path: string, key: string): Error =>
  new AttributeError(
    `the cache has an entry of '${path}' for each step: write cache["${path}"][0].${key} for that of the prompt.`,
  );

function missing({ path, children }: Branch, key: string, names: readonly string[]): Error {
  const near = nearest(key, names);
  const what = near ? ` Did you mean ${near}?` : ` It has ${names.slice(0, 8).join(", ") || "nothing"}.`;
  const list = [...children.keys()];
  if (list.length && list.every((one) => /^\d+$/.test(one)) && /^-?\d+$/.test(key))
    return new IndexError(`the cache of '${path}' has no [${key}]: it has ${list.join(", ")}.`);
  if (key.includes(".")) return new KeyError(`the cache has no module '${key}'.${what}`);
  return new AttributeError(`the cache${path && ` of '${path}'`} has no '${key}'.${what}`);
}
