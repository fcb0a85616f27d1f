/** What the notebook holds: the names of all cells that stand for something the library knows. Runs no code of the user. */
import { types } from "node:util";

/** What the library does for the list; see `core/src/display/live/values.ts`. */
interface Library {
  describe(value: object): object | undefined;
  open(value: object, name: string): object;
  compare(values: readonly object[], names: readonly string[]): object;
}

type Query = { readonly ask: string; readonly name?: string; readonly names?: readonly string[] };

const registered = Symbol.for("nnsight.values");
/** Where the library asks how cells would write a value; see `core/src/display/expression.ts`. */
const names = Symbol.for("nnsight.names");
/** Of an object or array so many members are looked at. */
const mostMembers = 200;

export class Values {
  /** One for each copy of the library that a cell has loaded. */
  readonly #libraries: Library[] = [];
  /** The cell that gave each name its value, and that value while it lives. */
  readonly #made = new Map<string, { readonly cell: number; readonly value: WeakRef<object> }>();

  constructor(
    private readonly scope: Record<string, unknown>,
    /** Tells that names are gone, so that later cells cannot mean them. */
    private readonly dropped: (names: readonly string[]) => void,
  ) {
    Object.assign(globalThis, {
      [registered]: this.#libraries,
      [names]: (isSought: (value: object) => boolean) => this.#named().find(([, one]) => isSought(one))?.[0],
    });
  }

  /** A cell has ended: what has a new value has it from that cell. */
  ran(cell: number): void {
    for (const name of Object.keys(this.scope)) {
      const value = own(this.scope, name);
      if (!value) this.#made.delete(name);
      else if (this.#made.get(name)?.value.deref() !== value)
        this.#made.set(name, { cell, value: new WeakRef(value) });
    }
  }

  /** Answers a page; `undefined` for what is not the list's. @throws Error when there is no such value any more */
  answer(id: string, query: unknown): { result: unknown; buffers: readonly Uint8Array[] } | undefined {
    if (id !== "nnsight.values") return undefined;
    return { result: this.#result(query as Query), buffers: [] };
  }

  #result({ ask, name = "", names = [] }: Query): unknown {
    switch (ask) {
      case "list":
        return { values: this.#list() };
      case "open":
        return this.#library([this.#find(name)]).open(this.#find(name), name);
      case "compare": {
        const values = names.map((one) => this.#find(one));
        return this.#library(values).compare(values, names);
      }
      case "drop":
        return this.#drop(name);
      default:
        return {};
    }
  }

  #list(): object[] {
    const listed: object[] = [];
    for (const name of Object.keys(this.scope)) {
      const value = own(this.scope, name);
      if (!value) continue;
      const cell = this.#made.get(name)?.cell ?? 0;
      for (const [path, member] of withMembers(name, value)) {
        const described = this.#describe(member);
        if (described) listed.push({ name: path, cell, value: described });
      }
    }
    return listed;
  }

  /** All that the names of cells stand for, as cells would write it. */
  #named(): (readonly [string, object])[] {
    return Object.keys(this.scope).flatMap((name) => {
      const value = own(this.scope, name);
      return value ? withMembers(name, value) : [];
    });
  }

  #describe(value: object): object | undefined {
    for (const library of this.#libraries) {
      const described = library.describe(value);
      if (described) return described;
    }
    return undefined;
  }

  #library(values: readonly object[]): Library {
    const found = this.#libraries.find((library) => values.every((value) => library.describe(value)));
    if (!found) throw new Error("There is no such tensor any more: run the cell that made it again.");
    return found;
  }

  #find(path: string): object {
    const found = this.#named().find(([known]) => known === path);
    if (found) return found[1];
    throw new Error(`${path} is gone: run the cell that made it again.`);
  }

  #drop(name: string): object {
    if (!own(this.scope, name)) throw new Error(`${name} is no name of a cell.`);
    delete this.scope[name];
    this.#made.delete(name);
    this.dropped([name]);
    return {};
  }
}

/** An object that a property holds itself: what a getter would give is not asked for. */
function own(holder: object, name: string): object | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
  return (typeof value === "object" && value !== null) || typeof value === "function" ? value : undefined;
}

const withMembers = (name: string, value: object): (readonly [string, object])[] => [
  [name, value],
  ...members(name, value),
];

/** What a plain object or array holds, as a cell would name it. */
function members(name: string, value: object): (readonly [string, object])[] {
  if (types.isProxy(value) || types.isModuleNamespaceObject(value)) return [];
  const isList = Array.isArray(value);
  const parent: unknown = Object.getPrototypeOf(value);
  if (!isList && parent !== Object.prototype && parent !== null) return [];
  const keys = Object.keys(value).slice(0, mostMembers);
  return keys.flatMap((key) => {
    const member = own(value, key);
    return member ? [[pathOf(name, key, isList), member] as const] : [];
  });
}

const pathOf = (name: string, key: string, isList: boolean): string => {
  if (isList) return `${name}[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${name}.${key}` : `${name}[${JSON.stringify(key)}]`;
};
