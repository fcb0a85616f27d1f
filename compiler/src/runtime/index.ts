/** What compiled code calls wherever a value may be a tensor; loads neither TypeScript nor the library. */
import { conditions } from "./conditions.ts";
import { operators } from "./operators.ts";
import { places } from "./places.ts";
import { sites } from "./sites.ts";

interface Contexts {
  poison?(error: unknown): void;
}

const contexts = Symbol.for("nnsight.contexts");

/** A throw in a block that holds a context: nothing of that context may run. */
function poison(error: unknown): void {
  (globalThis as { readonly [contexts]?: Contexts })[contexts]?.poison?.(error);
}

export const either = {
  ...operators,
  ...conditions,
  ...places,
  ...sites,
  poison,

  /** Stands beside a context at the top of a file, and closes before it. */
  guard() {
    let isDone = false;
    return {
      done: () => void (isDone = true),
      [Symbol.dispose]() {
        if (!isDone) poison(new Error("The file ended by an error before its context was closed."));
      },
    };
  },
};

/** Where compiled files find `either`, as `Symbol.for` knows it. */
export const registered = "nnsight.either";

export function registerEither(): void {
  Object.defineProperty(globalThis, Symbol.for(registered), { value: either, configurable: true });
}

export { excerpt } from "../excerpt.ts";
export type { Carried, Flow } from "./flow.ts";
export { isOwn } from "./own.ts";
