/** Normalisations over channels, gates, and numbers as rows of ones and zeros. */
import { ShapeError } from "../base/errors.ts";
import { printType, sizeOfDim } from "../tensor/type.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { eq } from "./compare.ts";
import { composed, type Part, type Steps } from "./compose.ts";
import { to } from "./convert.ts";
import { arange } from "./create.ts";
import { sigmoid, sqrt } from "./elementwise.ts";
import type { Epsilon } from "./layers.ts";
import { unsqueeze } from "./movement.ts";
import { chunk } from "./parts.ts";
import { mean } from "./reduce.ts";
import { flatten, reshape, unflatten } from "./reshape.ts";
import { demand } from "./shapes.ts";
import type { Value } from "./spec.ts";
import { var as variance } from "./statistics.ts";

/**
 * x `[batch, channels, …]` moved to mean 0 and variance 1 within groups of channels, times weight, plus bias.
 * @example ops.groupNorm(ops.rand(1, 4, 3), 2).shape // [1, 4, 3]
 * @see torch.nn.functional.group_norm
 */
export const groupNorm = composed({
  call: (
    x: Value,
    numGroups: number,
    weight?: Value | null,
    bias?: Value | null,
    eps: number | Epsilon = {},
  ) => ({
    operands: [x, weight ?? undefined, bias ?? undefined],
    params: { numGroups, eps: typeof eps === "number" ? eps : (eps.eps ?? 1e-5) },
  }),
  make: (steps, [x, weight, bias], { numGroups, eps }) => {
    const channels = sizeOfDim(x!.type.shape[1] ?? 0);
    if (channels === undefined || x!.type.shape.length < 2 || channels % numGroups !== 0)
      throw new ShapeError(
        `groupNorm of ${printType(x!.type)}: its channels do not make ${numGroups} groups`,
      );
    const grouped = steps.do(unflatten, x!, 1, [numGroups, channels / numGroups]);
    const dims = grouped.type.shape.map((_, i) => i).slice(2);
    const away = steps.do(sub, grouped, steps.do(mean, grouped, dims, true));
    const spread = steps.do(variance, grouped, dims, { correction: 0, keepdim: true });
    const made = steps.do(div, away, steps.do(sqrt, steps.do(add, spread, eps)));
    return scaled(steps, steps.do(flatten, made, 1, 2), weight, bias);
  },
});

/**
 * x `[batch, channels, …]` moved and scaled by the running mean and variance of each channel, times weight, plus bias.
 * @example ops.batchNorm(ops.ones(1, 2), tensor([1, 1]), tensor([1, 1])) // tensor([[0., 0.]])
 * @see torch.nn.functional.batch_norm
 */
export const batchNorm = composed({
  call: (
    x: Value,
    runningMean: Value,
    runningVar: Value,
    weight?: Value | null,
    bias?: Value | null,
    eps: number | Epsilon = {},
  ) => ({
    operands: [x, runningMean, runningVar, weight ?? undefined, bias ?? undefined],
    params: { eps: typeof eps === "number" ? eps : (eps.eps ?? 1e-5) },
  }),
  make: (steps, [x, middle, spread, weight, bias], { eps }) => {
    if (x!.type.shape.length < 2)
      throw new ShapeError(`batchNorm of ${printType(x!.type)}: x is [batch, channels, …]`);
    const away = steps.do(sub, x!, perChannel(steps, middle!, x!));
    const root = steps.do(sqrt, steps.do(add, perChannel(steps, spread!, x!), eps));
    return scaled(steps, steps.do(div, away, root), weight, bias);
  },
});

/**
 * The first half along `dim` times the sigmoid of the second.
 * @example tensor([2, 0]).glu() // tensor([1.])
 * @see torch.nn.functional.glu
 */
export const glu = composed({
  call: (x: Value, dim: number = -1) => ({ operands: [x], params: { dim } }),
  make: (steps, [x], { dim }) => {
    const size = sizeOfDim(x!.type.shape.at(dim) ?? 1);
    if (size === undefined || size % 2 !== 0)
      throw new ShapeError(
        `glu of ${printType(x!.type)}: the size of dimension ${dim} must be known and even`,
      );
    const [a, b] = steps.all(chunk, x!, 2, dim);
    return steps.do(mul, a!, steps.do(sigmoid, b!));
  },
});

/**
 * Class numbers as rows with a 1 at their place.
 * @example tensor([1n, 0n]).oneHot(2) // tensor([[0, 1], [1, 0]])
 * @see torch.nn.functional.one_hot
 */
export const oneHot = composed({
  call: (x: Value, numClasses: number) => ({ operands: [x], params: { numClasses } }),
  make: (steps, [x], { numClasses }) => {
    demand(x!.type, "oneHot", "int");
    const classes = steps.do(arange, numClasses);
    return steps.do(to, steps.do(eq, steps.do(unsqueeze, x!, -1), classes), "int64");
  },
});

function scaled(steps: Steps, x: Part, weight: Part | undefined, bias: Part | undefined): Part {
  const times = weight ? steps.do(mul, x, perChannel(steps, weight, x)) : x;
  return bias ? steps.do(add, times, perChannel(steps, bias, x)) : times;
}

/** A vector that stands along the second dimension of x. */
const perChannel = (steps: Steps, vector: Part, x: Part): Part =>
  steps.do(reshape, vector, [-1, ...x.type.shape.slice(2).map(() => 1)]);
