/** What compiled code calls wherever a value may be a tensor; loads neither TypeScript nor the library. */
import { conditions } from "./conditions.ts";
import { operators } from "./operators.ts";
import { places } from "./places.ts";

interface Contexts {
  poison?(error: unknown): void;
}

const contexts = Symbol.for("nnsight.contexts");

export const either = {
  ...operators,
  ...conditions,
  ...places,

  /** A throw in a block that holds a context: nothing of that context may run. */
  poison(error: unknown): void {
    (globalThis as { readonly [contexts]?: Contexts })[contexts]?.poison?.(error);
  },
};

export type { Carried, Flow } from "./flow.ts";
