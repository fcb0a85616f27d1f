/** The body of a module while its `forward` is recorded. */
import { RuntimeError, TypeError } from "../base/errors.ts";
import { here, type Where } from "../base/where.ts";
import { Builder } from "../ir/builder.ts";
import type { Result, Slot } from "../ir/node.ts";
import type { Host } from "../tensor/host.ts";
import { type Dim, nameOfDim } from "../tensor/type.ts";
import type { Scope } from "../trace/scope.ts";
import { type Cell, isLazy, type Lazy } from "../trace/state.ts";
import type { Tensor } from "../trace/tensor.ts";
import type { Module } from "./module.ts";
import { changesSoFar } from "./version.ts";

/** Thrown out of a `forward` that reads a size left open, so that it is recorded again for that size. */
export class SizeRead extends Error {
  constructor(readonly axis: string) {
    super(`the size of axis '${axis}' is read`);
  }
}

export class Body implements Scope {
  readonly kind = "body";
  readonly where: Where = here();
  readonly builder = new Builder();
  readonly #brought = new Map<Host, Result>();
  #closed = false;
  #known: Inside | undefined;

  constructor(readonly owner: Module) {}

  get state(): "open" | "closed" {
    return this.#closed ? "closed" : "open";
  }

  get writing(): boolean {
    return !this.#closed;
  }

  capture(): never {
    throw new TypeError(
      "a value of a trace is used inside a module's forward: pass it as an argument of the module.",
    );
  }

  close(): void {
    this.#closed = true;
  }

  bring(host: Host): Result {
    const known = this.#brought.get(host);
    if (known) return known;
    const slot = this.#inside.slots.get(host);
    const result = slot ? this.builder.weight(slot, host) : this.builder.constant(host);
    this.#brought.set(host, result);
    return result;
  }

  owns(host: Host): boolean {
    return this.#inside.slots.has(host);
  }

  /** Where a module stands below the owner, if it is another one. */
  placeOf(module: Module): Place | undefined {
    return module === this.owner ? undefined : this.#inside.places.get(module);
  }

  /** What is in the owner, gone through once for as long as nothing in it changes. */
  get #inside(): Inside {
    const seen = changesSoFar();
    if (this.#known?.seen !== seen) this.#known = insideOf(this.owner, seen);
    return this.#known;
  }

  take(): never {
    return this.capture();
  }

  lend(): void {}

  enter(_: Cell, lazy: Lazy): Lazy {
    return lazy;
  }

  poison(): void {}

  rebinds(): void {}

  peek(): undefined {
    return undefined;
  }

  words(): undefined {
    return undefined;
  }

  save(): void {
    throw new RuntimeError(
      "save() belongs in a trace, not in a module's forward: read the module's output there.",
    );
  }

  stop(): void {
    throw new RuntimeError("stop() belongs in a trace, not in a module's forward.");
  }

  madeOf(): Host {
    return this.valueOf();
  }

  valueOf(): Host {
    throw new RuntimeError(
      "a value of a module's forward was kept and used outside it: return it from forward instead.",
    );
  }

  unknownSize(dim: Dim): Error {
    return new SizeRead(nameOfDim(dim)!);
  }
}

/** Where a module stands, and whether it is one of many alike. */
export interface Place {
  readonly path: string;
  readonly unit: boolean;
}

interface Inside {
  /** How many changes of modules there had been. */
  readonly seen: number;
  /** The parameters, by their present values. */
  readonly slots: ReadonlyMap<Host, Slot>;
  readonly places: ReadonlyMap<Module, Place>;
}

/** What stands in several places counts where it is met first. */
function insideOf(owner: Module, seen: number): Inside {
  const slots = new Map<Host, Slot>();
  const places = new Map<Module, Place>();
  const put = (module: Module, place: Place): void => {
    if (!places.has(module)) places.set(module, place);
  };
  for (const [path, module] of owner.namedModules()) {
    put(module, { path, unit: false });
    if (module.holdsUnits)
      for (const [name, child] of Object.entries(module.children))
        put(child, { path: path ? `${path}.${name}` : name, unit: true });
    for (const [name, tensor] of Object.entries(module.ownParameters)) {
      const { state } = tensor;
      if (!isLazy(state) && !slots.has(state)) slots.set(state, { name, read: () => valueOf(module, name) });
    }
  }
  return { seen, slots, places };
}

function valueOf(module: Module, name: string): Host {
  const state = (module as unknown as Record<string, Tensor>)[name]!.state;
  if (isLazy(state))
    throw new RuntimeError(`the parameter '${name}' holds a lazy value: assign a concrete tensor.`);
  return state;
}
