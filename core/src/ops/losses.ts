/** Likeness of vectors, and losses. */
import { ShapeError, ValueError } from "../base/errors.ts";
import { axisOf, printType } from "../tensor/type.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { gt, ne } from "./compare.ts";
import { composed, type Part, type Steps } from "./compose.ts";
import { clone } from "./convert.ts";
import { exp, log, sqrt } from "./elementwise.ts";
import { logSoftmax } from "./layers.ts";
import { squeeze, unsqueeze } from "./movement.ts";
import { gather } from "./pick.ts";
import { mean, sum } from "./reduce.ts";
import { clamp, maximum, where } from "./select.ts";
import { abs, neg, square } from "./signs.ts";
import type { Value } from "./spec.ts";
import { norm } from "./statistics.ts";

type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** How the losses of the places are folded. */
  readonly reduction?: Reduction;
}

/**
 * x divided by its norm along `dim`.
 * @param options.p which norm
 * @example tensor([[3, 4]]).normalize() // tensor([[0.6000, 0.8000]])
 * @see torch.nn.functional.normalize
 */
export const normalize = composed({
  call: (x: Value, options: { readonly p?: number; readonly dim?: number; readonly eps?: number } = {}) => ({
    operands: [x],
    params: { p: options.p ?? 2, dim: options.dim ?? 1, eps: options.eps ?? 1e-12 },
  }),
  make: (steps, [x], { p, dim, eps }) =>
    steps.do(div, x!, steps.do(clamp, steps.do(norm, x!, p, dim, true), eps)),
});

/**
 * The cosine of the angle between x and other along `dim`; both are broadcast.
 * @example ops.cosineSimilarity(tensor([1, 0]), tensor([1, 1]), { dim: 0 }) // tensor(0.7071)
 * @see torch.nn.functional.cosine_similarity
 */
export const cosineSimilarity = composed({
  call: (x: Value, other: Value, options: { readonly dim?: number; readonly eps?: number } = {}) => ({
    operands: [x, other],
    params: { dim: options.dim ?? 1, eps: options.eps ?? 1e-8 },
  }),
  make: (steps, [x, other], { dim, eps }) => {
    const size = (part: Part): Part => {
      const squares = steps.do(sum, steps.do(square, part), dim, true);
      return steps.do(maximum, steps.do(sqrt, squares), eps);
    };
    const pair = steps.do(mul, steps.do(div, x!, size(x!)), steps.do(div, other!, size(other!)));
    return steps.do(sum, pair, dim);
  },
});

/**
 * The mean of squared differences.
 * @example ops.mseLoss(tensor([1, 2]), tensor([1, 4])) // tensor(2.)
 * @see torch.nn.functional.mse_loss
 */
export const mseLoss = distance((steps, difference) => steps.do(square, difference));

/**
 * The mean of absolute differences.
 * @example ops.l1Loss(tensor([1, 2]), tensor([1, 4])) // tensor(1.)
 * @see torch.nn.functional.l1_loss
 */
export const l1Loss = distance((steps, difference) => steps.do(abs, difference));

/**
 * How far the logarithms of probabilities are from the ones of target: the mean of target · (log target - x).
 * @param options.reduction "batchmean" divides by the first size
 * @example ops.klDiv(tensor([-1]), tensor([1])) // tensor(1.)
 * @see torch.nn.functional.kl_div
 */
export const klDiv = composed({
  call: (
    x: Value,
    target: Value,
    options: { readonly reduction?: Reduction | "batchmean"; readonly logTarget?: boolean } = {},
  ) => ({
    operands: [x, target],
    params: { reduction: options.reduction ?? "mean", logTarget: options.logTarget ?? false },
  }),
  make: (steps, [x, target], { reduction, logTarget }) => {
    const place = (): Part => {
      if (logTarget) return steps.do(mul, steps.do(exp, target!), steps.do(sub, target!, x!));
      const some = steps.do(gt, target!, 0);
      const entropy = steps.do(mul, target!, steps.do(log, steps.do(where, some, target!, 1)));
      return steps.do(sub, entropy, steps.do(mul, target!, x!));
    };
    if (reduction !== "batchmean") return folded(steps, place(), reduction);
    return steps.do(div, steps.do(sum, place()), steps.size(x!, 0));
  },
});

/**
 * The loss of logits `[batch, classes, …]` against class numbers `[batch, …]`: minus the logarithm of their probability.
 * @param options.ignoreIndex a class number that does not count
 * @example ops.crossEntropy(tensor([[0, 0]]), tensor([1n])) // tensor(0.6931)
 * @see torch.nn.functional.cross_entropy
 */
export const crossEntropy = composed({
  call: (x: Value, target: Value, options: LossOptions & { readonly ignoreIndex?: number } = {}) => ({
    operands: [x, target],
    params: { reduction: options.reduction ?? "mean", ignoreIndex: options.ignoreIndex ?? -100 },
  }),
  make: (steps, [x, target], { reduction, ignoreIndex }) => {
    const axis = x!.type.shape.length === 1 ? 0 : 1;
    return chosen(steps, "crossEntropy", steps.do(logSoftmax, x!, axis), target!, ignoreIndex, reduction);
  },
});

/**
 * As `crossEntropy`, of logarithms of probabilities.
 * @example ops.nllLoss(tensor([[-1, -2]]), tensor([1n])) // tensor(2.)
 * @see torch.nn.functional.nll_loss
 */
export const nllLoss = composed({
  call: (x: Value, target: Value, options: LossOptions & { readonly ignoreIndex?: number } = {}) => ({
    operands: [x, target],
    params: { reduction: options.reduction ?? "mean", ignoreIndex: options.ignoreIndex ?? -100 },
  }),
  make: (steps, [x, target], { reduction, ignoreIndex }) =>
    chosen(steps, "nllLoss", x!, target!, ignoreIndex, reduction),
});

/**
 * x as it is: models here do not train.
 * @throws ValueError when training is asked for
 * @example tensor([1]).dropout(0.5) // tensor([1.])
 * @see torch.nn.functional.dropout
 */
export const dropout = composed({
  call: (x: Value, p: number = 0.5, training: boolean = false) => {
    if (training)
      throw new ValueError(`dropout(${p}) while training: models here only evaluate, leave it false`);
    return { operands: [x], params: {} };
  },
  make: (steps, [x]) => steps.do(clone, x!),
});

function chosen(
  steps: Steps,
  name: string,
  logs: Part,
  target: Part,
  ignored: number,
  reduction: string,
): Part {
  const axis = axisOf(logs.type.shape.length === 1 ? 0 : 1, logs.type.shape.length);
  if (target.type.shape.length !== logs.type.shape.length - 1)
    throw new ShapeError(
      `${name} of ${printType(logs.type)} against ${printType(target.type)}: x is [batch, classes, …], target is [batch, …]`,
    );
  const counts = steps.do(ne, target, ignored);
  const at = steps.do(unsqueeze, steps.do(where, counts, target, 0), axis);
  const found = steps.do(neg, steps.do(squeeze, steps.do(gather, logs, axis, at), axis));
  const losses = steps.do(where, counts, found, 0);
  if (reduction !== "mean") return folded(steps, losses, reduction);
  return steps.do(div, steps.do(sum, losses), steps.do(sum, counts));
}

function distance(f: (steps: Steps, difference: Part) => Part) {
  return composed({
    call: (x: Value, target: Value, options: LossOptions = {}) => ({
      operands: [x, target],
      params: { reduction: options.reduction ?? "mean" },
    }),
    make: (steps, [x, target], { reduction }) =>
      folded(steps, f(steps, steps.do(sub, x!, target!)), reduction),
  });
}

function folded(steps: Steps, losses: Part, reduction: string): Part {
  if (reduction === "none") return losses;
  return reduction === "sum" ? steps.do(sum, losses) : steps.do(mean, losses);
}

/**
 * x · (1 - weight) + end · weight.
 * @example tensor([0, 10]).lerp(tensor([10, 20]), 0.5) // tensor([ 5., 15.])
 * @see torch.lerp
 */
export const lerp = composed({
  call: (x: Value, end: Value, weight: Value) => ({ operands: [x, end, weight], params: {} }),
  make: (steps, [x, end, weight]) => steps.do(add, x!, steps.do(mul, weight!, steps.do(sub, end!, x!))),
});
