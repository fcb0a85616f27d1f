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
    const slot = slotOf(this.owner, host);
    const result = slot ? this.builder.weight(slot, host) : this.builder.constant(host);
    this.#brought.set(host, result);
    return result;
  }

  owns(host: Host): boolean {
    return slotOf(this.owner, host) !== undefined;
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

/** The parameter, of a module or one below it, whose present value this is. */
function slotOf(owner: Module, host: Host): Slot | undefined {
  for (const [, module] of owner.namedModules())
    for (const [name, tensor] of Object.entries(module.ownParameters))
      if (tensor.state === host) return { name, read: () => valueOf(module, name) };
  return undefined;
}

function valueOf(module: Module, name: string): Host {
  const state = (module as unknown as Record<string, Tensor>)[name]!.state;
  if (isLazy(state))
    throw new RuntimeError(`the parameter '${name}' holds a lazy value: assign a concrete tensor.`);
  return state;
}
