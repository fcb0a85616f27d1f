/** Looks at values for an editor: never calls a function or a getter, so that looking changes nothing. */
import { inspect, types } from "node:util";
import type { Lookup, ValuePath } from "nnsight-ts-compiler";

export interface Seen {
  readonly name: string;
  /** The class of the value, or its type. */
  readonly kind: string;
}

/** What the library tells of a module of a model. */
interface ModuleInfo {
  readonly kind: string;
  readonly children: readonly (readonly [name: string, kind: string])[];
}

const registered = Symbol.for("nnsight.module");
const most = 500;

type Scope = Readonly<Record<string, unknown>>;

/** What may stand at a place, as the values that are there now tell. */
export function look(scope: Scope, { path, place, method, prefix }: Lookup): readonly Seen[] {
  const owner = valueOf(scope, path);
  const seen = place === "argument" ? argumentsOf(owner, method, prefix) : membersOf(owner);
  const fits = ({ name }: Seen) =>
    name.startsWith(prefix) && (place !== "member" || /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name));
  return seen.filter(fits).slice(0, most);
}

/** A value as text, short. */
export function glimpse(scope: Scope, path: ValuePath): string | undefined {
  const value = valueOf(scope, path);
  return value === undefined
    ? undefined
    : inspect(value, { depth: 1, maxArrayLength: 10, maxStringLength: 500 }).slice(0, 4000);
}

function valueOf(scope: Scope, path: ValuePath): unknown {
  let value: unknown = scope;
  for (const key of path) value = part(value, key);
  return value;
}

function part(owner: unknown, key: string): unknown {
  if (!isObject(owner)) return undefined;
  const info = moduleInfo(owner);
  if (types.isProxy(owner) && !info) return undefined;
  const name = info && key.startsWith("-") ? String(info.children.length + Number(key)) : key;
  for (let at: object | null = owner; at; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found) return found.value;
    if (info) return undefined;
  }
  return undefined;
}

function membersOf(owner: unknown): Seen[] {
  if (!isObject(owner)) return [];
  const info = moduleInfo(owner);
  if (info) return info.children.map(([name, kind]) => ({ name, kind }));
  if (types.isProxy(owner) || Array.isArray(owner) || ArrayBuffer.isView(owner)) return [];
  return Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([, { enumerable }]) => enumerable)
    .slice(0, most)
    .map(([name, { value }]) => ({ name, kind: kindOf(value) }));
}

/** Methods whose argument is the path of a module. */
const takePaths = new Set(["get", "getSubmodule"]);
const takeKeys = new Set(["get", "has", "delete", "set"]);

function argumentsOf(owner: unknown, method: string, prefix: string): Seen[] {
  if (!isObject(owner)) return [];
  if (types.isMap(owner) && takeKeys.has(method))
    return [...owner]
      .filter(([key]) => typeof key === "string")
      .map(([key, value]) => ({ name: String(key), kind: kindOf(value) }));
  if (!moduleInfo(owner) || !takePaths.has(method)) return [];
  const above = prefix.split(".").slice(0, -1);
  const module = valueOf({ owner }, ["owner", ...above]);
  return membersOf(module).map(({ name, kind }) => ({ name: [...above, name].join("."), kind }));
}

/** Only there when a cell has loaded the library. */
function moduleInfo(value: object): ModuleInfo | undefined {
  const tell = (globalThis as { readonly [registered]?: (value: object) => ModuleInfo | undefined })[
    registered
  ];
  return tell?.(value);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function kindOf(value: unknown): string {
  if (!isObject(value)) return value === null ? "null" : typeof value;
  if (types.isProxy(value)) return moduleInfo(value)?.kind ?? "object";
  if (typeof value === "function") return "function";
  const maker = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(value) ?? {}, "constructor")
    ?.value as unknown;
  return typeof maker === "function" ? maker.name : "object";
}
