/** Modules: callable objects with parameters and children, whose `forward` says what they compute. */
import { KeyError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import type { Tree } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import type { Type } from "../tensor/type.ts";
import { Tensor } from "../trace/tensor.ts";
import { callModule } from "./call.ts";
import { printModule } from "./print.ts";
import { versioned } from "./version.ts";

/** What a weight is for: rows that are looked up, `[out, in]` that is multiplied with, or the same turned, `[in, out]`. */
export type Role = "table" | "product" | "turned";

/** A call runs `forward`: at once on concrete tensors, recorded on lazy ones. */
export interface Module {
  (...args: unknown[]): Tensor;
}

/**
 * The base of every layer and model. Fields that are Modules are its children, fields that are Tensors its parameters.
 * @example
 * class MLP extends nn.Module {
 *   up = new nn.Linear(8, 32);
 *   down = new nn.Linear(32, 8);
 *   forward(x: Tensor) { return this.down(ops.gelu(this.up(x))); }
 * }
 */
export abstract class Module {
  constructor() {
    const target = (...args: unknown[]): unknown => callModule(self, args);
    Reflect.deleteProperty(target, "length");
    Reflect.deleteProperty(target, "name");
    Object.setPrototypeOf(target, new.target.prototype);
    const self = versioned(target) as unknown as Module;
    // biome-ignore lint/correctness/noConstructorReturn: a module is callable, so it is a function
    return self;
  }

  // biome-ignore lint/suspicious/noExplicitAny: each module has arguments and results of its own
  abstract forward(...args: any[]): any;

  /** Its body, where it is not recorded by `forward` but known from a file. @throws ShapeError when the arguments do not fit it */
  fixed(_signature: Tree<Type>): Fn | undefined {
    return undefined;
  }

  /** The name of the class. */
  get kind(): string {
    return this.constructor.name;
  }

  /** What the printed tree shows between the brackets. */
  extra(): string {
    return "";
  }

  /** Whether each child is a natural place to cut a model, as in a list of blocks that are alike. */
  get holdsUnits(): boolean {
    return false;
  }

  /** What its parameter `weight` is for, if it may be kept in fewer bits. */
  get weightRole(): Role | undefined {
    return undefined;
  }

  /** The type of its input, where the module itself knows it; sizes that vary are named axes. */
  get inputType(): Type | undefined {
    return undefined;
  }

  /** The direct children by name. */
  get children(): Record<string, Module> {
    return pick(this, isModule);
  }

  /** The module's own parameters by name. */
  get ownParameters(): Record<string, Tensor> {
    return pick(this, (x): x is Tensor => x instanceof Tensor);
  }

  /** Each module below, and this one as "", with its path. A module that stands in two places is named once. */
  *namedModules(prefix = "", seen = new Set<Module>()): Generator<readonly [string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of Object.entries(this.children))
      yield* child.namedModules(prefix ? `${prefix}.${name}` : name, seen);
  }

  /** Every parameter with its path; one that stands in two places is named once. */
  *namedParameters(): Generator<readonly [string, Tensor]> {
    const seen = new Set<Tensor>();
    for (const [path, tensor] of places(this)) {
      if (!seen.has(tensor)) yield [path, tensor];
      seen.add(tensor);
    }
  }

  /** Every parameter, once. */
  *parameters(): Generator<Tensor> {
    for (const [, tensor] of this.namedParameters()) yield tensor;
  }

  /** All parameters by path, also those that stand in two places. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(places(this));
  }

  /**
   * Sets all parameters by path.
   * @throws KeyError for a missing or unknown name, ShapeError for other sizes
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>): this {
    const own = new Set([...places(this)].map(([path]) => path));
    for (const name of Object.keys(state))
      if (!own.has(name))
        throw new KeyError(`there is no parameter '${name}'. Near: ${nearest(name, own) || "none"}.`);
    for (const [path, module] of this.namedModules())
      for (const name of Object.keys(module.ownParameters)) {
        const full = path ? `${path}.${name}` : name;
        const value = state[full];
        if (!value) throw new KeyError(`the parameter '${full}' is missing in the state dict.`);
        (module as unknown as Record<string, Tensor>)[name] = value;
      }
    return this;
  }

  /** Accepted for likeness with torch; gradients are of traces, not of modules. */
  requiresGrad_(_on = true): this {
    return this;
  }

  toString(): string {
    return printModule(this);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

export const isModule = (x: unknown): x is Module => typeof x === "function" && x instanceof Module;

/** Every place of a parameter. */
function* places(root: Module): Generator<readonly [string, Tensor]> {
  for (const [path, module] of root.namedModules())
    for (const [name, tensor] of Object.entries(module.ownParameters))
      yield [path ? `${path}.${name}` : name, tensor];
}

function pick<T>(module: Module, wanted: (x: unknown) => x is T): Record<string, T> {
  return Object.fromEntries(Object.entries(module).filter((entry): entry is [string, T] => wanted(entry[1])));
}
