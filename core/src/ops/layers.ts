/** Softmax and the normalisations of layers. */
import { ShapeError } from "../base/errors.ts";
import { allocate, type Host } from "../tensor/host.ts";
import { axisOf, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { alongAxis } from "./kernels.ts";
import { filled } from "./lowering.ts";
import { countOf, demand, oneFloat } from "./shapes.ts";
import { op, type Value } from "./spec.ts";

/**
 * Numbers along `dim` as probabilities: exp(x) divided by its sum.
 * @example tensor([0, 0]).softmax(-1) // tensor([0.5000, 0.5000])
 * @see torch.softmax
 */
export const softmax = probabilities("softmax", "Softmax", (run, to) => {
  const total = totalOf(run);
  for (let i = 0; i < run.length; i++) to[i] = Math.exp(run[i]! - total.top) / total.sum;
});

/**
 * The logarithm of `softmax`.
 * @example tensor([0, 0]).logSoftmax(-1) // tensor([-0.6931, -0.6931])
 * @see torch.log_softmax
 */
export const logSoftmax = probabilities("logSoftmax", "LogSoftmax", (run, to) => {
  const total = totalOf(run);
  for (let i = 0; i < run.length; i++) to[i] = run[i]! - total.top - Math.log(total.sum);
});

export interface Epsilon {
  readonly eps?: number;
}

/**
 * x divided by the root of its mean square over the last dimensions, times weight.
 * @param normalizedShape the sizes of the last dimensions, as weight has them
 * @param options.eps is added to the mean square
 * @example ops.rmsNorm(tensor([3, 4]), [2]) // tensor([0.8485, 1.1314])
 * @see torch.nn.functional.rms_norm
 */
export const rmsNorm = op({
  call: (
    x: Value,
    normalizedShape: number | readonly number[],
    weight?: Value | null,
    eps: number | Epsilon = {},
  ) => ({
    operands: weight === undefined || weight === null ? [x] : [x, weight],
    params: { normalizedShape: sizesOf(normalizedShape), eps: epsOf(eps, 2 ** -23) },
  }),
  infer: ([x, weight], { normalizedShape }) => checked("rmsNorm", x!, normalizedShape, [weight]),
  lower: (emit, [x, weight], { normalizedShape, eps }, [type]) => {
    const scale = weight || filled(emit, normalizedShape, 1, type!.dtype);
    return emit.node("RMSNormalization", [x!, scale], {
      axis: -normalizedShape.length,
      epsilon: { float: eps },
    });
  },
  evaluate: ([x, weight], { normalizedShape, eps }) =>
    normalized(x!, countOf(normalizedShape), weight, undefined, (run) => ({
      mean: 0,
      scale: 1 / Math.sqrt(run.reduce((a, b) => a + b * b, 0) / run.length + eps),
    })),
  flops: ([x]) => 4 * countOf(x!.shape),
});

/**
 * x moved to mean 0 and variance 1 over the last dimensions, times weight, plus bias.
 * @param normalizedShape the sizes of the last dimensions, as weight and bias have them
 * @param options.eps is added to the variance (1e-5)
 * @example ops.layerNorm(tensor([1, 3]), [2]) // tensor([-1.0000,  1.0000])
 * @see torch.nn.functional.layer_norm
 */
export const layerNorm = op({
  call: (
    x: Value,
    normalizedShape: number | readonly number[],
    weight?: Value | null,
    bias?: Value | null,
    eps: number | Epsilon = {},
  ) => ({
    operands: bias ? [x, weight ?? undefined, bias] : weight ? [x, weight] : [x],
    params: { normalizedShape: sizesOf(normalizedShape), eps: epsOf(eps, 1e-5) },
  }),
  infer: ([x, weight, bias], { normalizedShape }) =>
    checked("layerNorm", x!, normalizedShape, [weight, bias]),
  lower: (emit, [x, weight, bias], { normalizedShape, eps }, [type]) => {
    const scale = weight || filled(emit, normalizedShape, 1, type!.dtype);
    const inputs = bias ? [x!, scale, bias] : [x!, scale];
    return emit.node("LayerNormalization", inputs, {
      axis: -normalizedShape.length,
      epsilon: { float: eps },
    });
  },
  evaluate: ([x, weight, bias], { normalizedShape, eps }) =>
    normalized(x!, countOf(normalizedShape), weight, bias, (run) => {
      const mean = run.reduce((a, b) => a + b, 0) / run.length;
      const variance = run.reduce((a, b) => a + (b - mean) ** 2, 0) / run.length;
      return { mean, scale: 1 / Math.sqrt(variance + eps) };
    }),
  flops: ([x]) => 8 * countOf(x!.shape),
});

function probabilities(name: string, operator: string, f: (run: Float32Array, to: Float32Array) => void) {
  return op({
    call: (x: Value, dim: number) => ({ operands: [x], params: { dim } }),
    infer: ([x], { dim }): Type => {
      demand(x!, name, "float");
      axisOf(dim, x!.shape.length);
      return x!;
    },
    lower: (emit, [x], { dim }, [type]) =>
      emit.node(operator, [x!], { axis: axisOf(dim, type!.shape.length) }),
    evaluate: ([x], { dim }) => {
      const axis = axisOf(dim, x!.shape.length);
      return alongAxis(x!, axis, x!.dtype, x!.shape[axis]!, (run, to) =>
        f(run as Float32Array, to as Float32Array),
      );
    },
    flops: ([x]) => 5 * countOf(x!.shape),
  });
}

function totalOf(run: Float32Array): { top: number; sum: number } {
  const top = run.reduce((a, b) => Math.max(a, b), -Infinity);
  return { top, sum: run.reduce((a, b) => a + Math.exp(b - top), 0) };
}

const sizesOf = (shape: number | readonly number[]): readonly number[] =>
  typeof shape === "number" ? [shape] : shape;

const epsOf = (eps: number | Epsilon, fallback: number): number =>
  typeof eps === "number" ? eps : (eps.eps ?? fallback);

function checked(
  name: string,
  x: Type,
  sizes: readonly number[],
  weights: readonly (Type | undefined)[],
): Type {
  oneFloat(name, x, ...weights);
  const last = x.shape.slice(-sizes.length);
  const fits = (shape: Type["shape"]) =>
    shape.length === sizes.length && shape.every((dim, i) => (sizeOfDim(dim) ?? sizes[i]) === sizes[i]);
  if (sizes.length === 0 || !fits(last)) {
    throw new ShapeError(
      `${name} over [${sizes.join(", ")}] of ${printType(x)}: these must be its last sizes`,
    );
  }
  for (const weight of weights) {
    if (weight && !fits(weight.shape)) {
      throw new ShapeError(
        `${name} over [${sizes.join(", ")}] with ${printType(weight)}: weight and bias must have these sizes`,
      );
    }
  }
  return x;
}

function normalized(
  x: Host,
  n: number,
  weight: Host | undefined,
  bias: Host | undefined,
  f: (run: Float32Array) => { mean: number; scale: number },
): Host {
  const from = x.data as Float32Array;
  const scales = weight?.data as Float32Array | undefined;
  const moves = bias?.data as Float32Array | undefined;
  const data = allocate(x.dtype, from.length);
  for (let at = 0; at < data.length; at += n) {
    const { mean, scale } = f(from.subarray(at, at + n));
    for (let i = 0; i < n; i++) {
      const value = (from[at + i]! - mean) * scale * (scales ? scales[i]! : 1);
      data[at + i] = value + (moves ? moves[i]! : 0);
    }
  }
  return { dtype: x.dtype, shape: x.shape, data };
}
