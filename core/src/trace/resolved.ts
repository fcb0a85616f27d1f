/** Types of what callbacks give, once it is concrete. */
import type { Dynamic } from "./dynamic.ts";
import type { Scalar } from "./scalar.ts";
import type { Tensor } from "./tensor.ts";
import type { Value } from "./value.ts";

/**
 * What a callback returned, once the trace has run. Tensors are concrete; other values are as they were.
 */
export type Resolved<T> = T extends Dynamic
  ? // biome-ignore lint/suspicious/noExplicitAny: only the run tells what it is
    any
  : T extends Scalar
    ? number
    : T extends Tensor
      ? Tensor
      : T extends Value<infer V>
        ? V
        : T extends PromiseLike<infer P>
          ? P
          : T extends readonly unknown[]
            ? { [K in keyof T]: Resolved<T[K]> }
            : T extends (...args: never[]) => unknown
              ? T
              : T extends object
                ? { [K in keyof T]: Resolved<T[K]> }
                : T;
