/** Modules that hold others: in a row, or in a list. */
import type { Type } from "../tensor/type.ts";
import type { Tensor } from "../trace/tensor.ts";
import { isModule, Module } from "./module.ts";

type Children = Readonly<Record<string, Module>>;

class SequentialModule extends Module {
  constructor(...children: readonly [Children] | readonly Module[]) {
    super();
    const [first] = children;
    Object.assign(this, children.length === 1 && !isModule(first) ? first : children);
  }

  forward(x: Tensor): Tensor {
    return Object.values(this.children).reduce<Tensor>((value, child) => child(value), x);
  }

  override get kind(): string {
    return "Sequential";
  }

  override get inputType(): Type | undefined {
    return Object.values(this.children)[0]?.inputType;
  }
}

/**
 * Runs its children one after the other. With names they are fields, typed: `new nn.Sequential({ layer1, layer2 })`;
 * without, they are `"0"`, `"1"`, ….
 * @see torch.nn.Sequential
 */
export type Sequential<T = unknown> = SequentialModule & T;
export const Sequential = SequentialModule as unknown as {
  new <T extends Children>(children: T): Sequential<T>;
  new <T extends readonly Module[]>(...children: T): Sequential<T>;
};

/** Places by number. */
export interface ModuleList<M extends Module> {
  readonly [index: number]: M;
}

/** A list of children, of which each is a unit of its own. Negative places count from the end. @see torch.nn.ModuleList */
export class ModuleList<M extends Module = Module> extends Module {
  constructor(children: Iterable<M>) {
    super();
    Object.assign(this, [...children]);
  }

  override get holdsUnits(): boolean {
    return true;
  }

  // A function's own `length` has been taken away, so that this one is seen.
  override get length(): number {
    return Object.keys(this.children).length;
  }

  at(index: number): M | undefined {
    return [...this].at(index);
  }

  *[Symbol.iterator](): Generator<M> {
    yield* Object.values(this.children) as M[];
  }

  forward(): never {
    throw new Error("a ModuleList has no forward: call its members.");
  }
}
