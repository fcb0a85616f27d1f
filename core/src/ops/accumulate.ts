/** More folds along dimensions: extremes of several, products up to each place, logarithms of sums, middles, orders. */
import { type DType, isFloat, summedOf } from "../tensor/dtype.ts";
import { cast } from "../tensor/host.ts";
import { axisOf } from "../tensor/type.ts";
import { add, div, floorDivide, sub } from "./arithmetic.ts";
import { isnan, le, ne } from "./compare.ts";
import { composed, composition, type Part, type Steps } from "./compose.ts";
import { to } from "./convert.ts";
import { isfinite } from "./digits.ts";
import { exp, log } from "./elementwise.ts";
import { max, min } from "./extremes.ts";
import { alongAxis } from "./kernels.ts";
import { squeeze, unsqueeze } from "./movement.ts";
import { sort } from "./order.ts";
import { gather } from "./pick.ts";
import { any, prod, sum } from "./reduce.ts";
import { flatten } from "./reshape.ts";
import { where } from "./select.ts";
import { axesOf, type Dims, dimsOf, type Keepdim, keeps } from "./shapes.ts";
import { type Op, selectOp, type Value } from "./spec.ts";

/**
 * The largest numbers along dimensions; without `dim` of all.
 * @example tensor([[1, 5], [7, 3]]).amax(1) // tensor([5., 7.])
 * @see torch.amax
 */
export const amax = folding((steps, x, dim) => steps.all(max, x, dim, true)[0]!);

/**
 * The smallest numbers along dimensions; without `dim` of all.
 * @example tensor([[1, 5], [7, 3]]).amin(1) // tensor([1., 3.])
 * @see torch.amin
 */
export const amin = folding((steps, x, dim) => steps.all(min, x, dim, true)[0]!);

/**
 * The logarithm of the sum of exp(x) along dimensions, without overflow.
 * @example tensor([0, 0]).logsumexp(0) // tensor(0.6931)
 * @see torch.logsumexp
 */
export const logsumexp = composed({
  call: (x: Value, dim: Dims, keepdim?: Keepdim) => ({
    operands: [x],
    params: { dim: dimsOf(dim), keepdim: keeps(keepdim) },
  }),
  make: (steps, [x], { dim, keepdim }) => {
    const float = isFloat(x!.type.dtype) ? x! : steps.do(to, x!, "float32");
    const top = steps.do(amax, float, dim, true);
    const shift = steps.do(where, steps.do(isfinite, top), top, 0);
    const total = steps.do(sum, steps.do(exp, steps.do(sub, float, shift)), dim, true);
    return dropped(steps, steps.do(add, steps.do(log, total), shift), dim, keepdim);
  },
});

/**
 * How many values are not 0.
 * @example tensor([0, 5, 7]).countNonzero() // tensor(2)
 * @see torch.count_nonzero
 */
export const countNonzero = composed({
  call: (x: Value, dim?: Dims) => ({ operands: [x], params: { dim: dimsOf(dim) } }),
  make: (steps, [x], { dim }) => steps.do(sum, steps.do(ne, x!, 0), dim),
});

/**
 * The mean, without the places that are nan.
 * @example tensor([1, NaN, 3]).nanmean() // tensor(2.)
 * @see torch.nanmean
 */
export const nanmean = composed({
  call: (x: Value, dim?: Dims, keepdim?: Keepdim) => ({
    operands: [x],
    params: { dim: dimsOf(dim), keepdim: keeps(keepdim) },
  }),
  make: (steps, [x], { dim, keepdim }) => {
    const missing = steps.do(isnan, x!);
    const total = steps.do(sum, steps.do(where, missing, 0, x!), dim, keepdim);
    return steps.do(div, total, steps.do(sum, steps.do(where, missing, 0, 1), dim, keepdim));
  },
});

/**
 * Products from the start of `dim` up to each place. Integers and booleans give int64.
 * @example tensor([1, 2, 3]).cumprod(0) // tensor([1., 2., 6.])
 * @see torch.cumprod
 */
export const cumprod: Op<[x: Value, dim: number], { readonly dim: number }, never> = {
  ...composed({
    call: (x: Value, dim: number) => ({ operands: [x], params: { dim } }),
    make: (steps, [x], { dim }) => {
      const axis = axisOf(dim, x!.type.shape.length);
      const places = steps.places(x!, axis);
      const behind = x!.type.shape.slice(axis + 1);
      const upTo = steps.do(le, places, steps.do(unsqueeze, places, 1));
      const mask = behind.reduce<Part>((part) => steps.do(unsqueeze, part, -1), upTo);
      return steps.do(prod, steps.do(where, mask, steps.do(unsqueeze, x!, axis), 1), axis + 1);
    },
  }),
  evaluate: ([x], { dim }) => {
    const dtype = summedOf(x!.dtype);
    const inner: DType = isFloat(dtype) ? "float64" : dtype;
    const axis = axisOf(dim, x!.shape.length);
    const made = alongAxis(cast(x!, inner), axis, inner, x!.shape[axis]!, (run, into) => {
      for (let i = 0; i < run.length; i++) {
        const [before, value] = [into[i - 1], run[i]!];
        if (i === 0) into[i] = value;
        else if (typeof value === "bigint") into[i] = (before as bigint) * value;
        else into[i] = (before as number) * value;
      }
    });
    return cast(made, dtype);
  },
};

/**
 * The middle number, of an even count the lower one; with `dim`, `{ values, indices }` along it. nan where one is.
 * @example tensor([3, 1, 2]).median() // tensor(2.)
 * @see torch.median
 */
export const median = selectOp(
  composition({
    results: ["values", "indices"],
    call: (x: Value, dim?: number | null, keepdim?: Keepdim) => ({
      operands: [x],
      params: { dim: dim ?? null, keepdim: keeps(keepdim) },
    }),
    make: (steps, [x], { dim, keepdim }) => {
      if (dim === null) return middle(steps, steps.do(flatten, x!), 0, false)[0]!;
      return middle(steps, x!, dim, keepdim);
    },
  }),
);

function middle(steps: Steps, x: Part, dim: number, keepdim: boolean): [Part, Part] {
  const axis = axisOf(dim, x.type.shape.length);
  const [values, indices] = steps.all(sort, x, axis) as [Part, Part];
  const last = steps.do(sub, steps.size(x, axis), 1);
  const hole = steps.do(any, steps.do(isnan, x), axis, true);
  const at = steps.do(where, hole, last, steps.do(floorDivide, last, 2));
  const made = [values, indices].map((part) => {
    const found = steps.do(gather, part, axis, at);
    return keepdim ? found : steps.do(squeeze, found, axis);
  });
  return made as [Part, Part];
}

/**
 * The places along `dim` in ascending order of their numbers.
 * @example tensor([3, 1, 2]).argsort() // tensor([1, 2, 0])
 * @see torch.argsort
 */
export const argsort = composed({
  call: (x: Value, dim: number = -1, options: boolean | { descending?: boolean; stable?: boolean } = {}) => ({
    operands: [x],
    params: { dim, descending: typeof options === "boolean" ? options : (options.descending ?? false) },
  }),
  make: (steps, [x], { dim, descending }) => steps.all(sort, x!, dim, { descending })[1]!,
});

/** One dimension after the other. */
function folding(one: (steps: Steps, x: Part, dim: number) => Part) {
  return composed({
    call: (x: Value, dim?: Dims, keepdim?: Keepdim) => ({
      operands: [x],
      params: { dim: dimsOf(dim), keepdim: keeps(keepdim) },
    }),
    make: (steps, [x], { dim, keepdim }) => {
      const axes = axesOf(dim, x!.type.shape.length);
      return dropped(
        steps,
        axes.reduce<Part>((part, axis) => one(steps, part, axis), x!),
        dim,
        keepdim,
      );
    },
  });
}

function dropped(steps: Steps, x: Part, dim: readonly number[] | null, keepdim: boolean): Part {
  const axes = axesOf(dim, x.type.shape.length);
  return keepdim || axes.length === 0 ? x : steps.do(squeeze, x, axes);
}
