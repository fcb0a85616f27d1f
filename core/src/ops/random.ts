/** Tensors of random numbers, drawn from the library's generator at each run, as PyTorch draws them. */

import { ValueError } from "../base/errors.ts";
import { type Host, sizeOf } from "../tensor/host.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { checked, withOptions } from "./sizes.ts";
import { hostOp, type Params } from "./spec.ts";

/** Sizes one after the other or as a list. */
type RandomSizes = readonly number[] | readonly [readonly number[]];

/**
 * Uniform numbers from 0 up to 1.
 * @example ops.rand(2, 3)
 * @see torch.rand
 */
export const rand = drawn(
  (...sizes: RandomSizes) => ({ size: withOptions(sizes)[0] }),
  "float32",
  sizesIn,
  ({ size }) => defaultGenerator.uniform(sizeOf(size)),
);

/**
 * Numbers of the normal distribution with mean 0 and variance 1.
 * @example ops.randn([2, 3])
 * @see torch.randn
 */
export const randn = drawn(
  (...sizes: RandomSizes) => ({ size: withOptions(sizes)[0] }),
  "float32",
  sizesIn,
  ({ size }) => defaultGenerator.normal(sizeOf(size)),
);

/**
 * Whole numbers from low (0 unless given) up to high, without it: `randint(high, size)` or `randint(low, high, size)`.
 * @example ops.randint(-10, 10, [1])
 * @see torch.randint
 */
export const randint = drawn(
  (
    ...args:
      | readonly [high: number, size: readonly number[]]
      | readonly [low: number, high: number, size: readonly number[]]
  ) => {
    const size = args.at(-1);
    const [low, high] = args.length === 2 ? [0, args[0]] : [args[0], args[1] as number];
    if (Array.isArray(size)) return { low, high, size: size as readonly number[] };
    throw new ValueError("randint takes a list of sizes at the end: randint(-10, 10, [1])");
  },
  "int64",
  sizesIn,
  ({ low, high, size }) => defaultGenerator.integers(sizeOf(size), low, high),
);

/**
 * 0 to n - 1 in random order.
 * @example ops.randperm(4)
 * @see torch.randperm
 */
export const randperm = drawn(
  (n: number) => ({ n }),
  "int64",
  ({ n }) => checked([n]),
  ({ n }) => defaultGenerator.permutation(n),
);

function sizesIn({ size }: { readonly size: readonly number[] }): readonly number[] {
  return checked(size);
}

function drawn<A extends readonly unknown[], P extends Params>(
  params: (...args: A) => P,
  dtype: "float32" | "int64",
  shapeOf: (params: P) => readonly number[],
  draw: (params: P) => Host["data"],
) {
  return hostOp<A, P>({
    call: (...args) => ({ operands: [], params: params(...args) }),
    infer: (_, given) => ({ dtype, shape: shapeOf(given) }),
    evaluate: (_, given) => ({ dtype, shape: shapeOf(given), data: draw(given) }),
  });
}
