/** What only tensors have, on values of which the run tells what they are: theirs once it has, and before it an error. */
import { type NNsightError, TypeError } from "../base/errors.ts";
import { guarded } from "./contexts.ts";
import { refuse } from "./convert.ts";
import { tensorIn } from "./dynamic.ts";
import { withoutGradient } from "./gradients.ts";
import type { Tensor } from "./tensor.ts";
import { Value } from "./value.ts";

const unknown = (name: string): NNsightError =>
  new TypeError(
    `only the run tells what this value is, so its ${name} is not known before: read it after the trace, in a function given to nnsight.apply, or show the value with nnsight.log(x).`,
  );

const fields: Readonly<Record<string, (name: string) => NNsightError>> = {
  dtype: unknown,
  ndim: unknown,
  size: unknown,
  data: () => refuse("raw data"),
  grad: withoutGradient,
};

const methods: Readonly<Record<string, (name: string) => NNsightError>> = {
  toArray: () => refuse("an array"),
  backward: withoutGradient,
  retainGrad: withoutGradient,
};

/** The tensor that the run has made. @throws the error of the name before */
const made = (self: Value, name: string, early: (name: string) => NNsightError): Tensor =>
  guarded(() => {
    if (self.pending) throw early(name);
    return tensorIn(self.value, name);
  });

for (const [name, early] of Object.entries(fields))
  Object.defineProperty(Value.prototype, name, {
    get(this: Value) {
      return Reflect.get(made(this, name, early), name);
    },
    set(this: Value, value: unknown) {
      Reflect.set(made(this, name, early), name, value);
    },
    configurable: true,
  });

for (const [name, early] of Object.entries(methods))
  Object.defineProperty(Value.prototype, name, {
    value(this: Value, ...args: unknown[]) {
      const tensor = made(this, name, early);
      return Reflect.apply(Reflect.get(tensor, name) as () => unknown, tensor, args);
    },
    configurable: true,
    writable: true,
  });
