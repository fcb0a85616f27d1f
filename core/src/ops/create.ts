/** Tensors made of nothing. */
import { ValueError } from "../base/errors.ts";
import { allocate, type Host, sizeOf, storing } from "../tensor/host.ts";
import type { DType } from "../tensor/type.ts";
import { checked, type Made, type Sizes, withOptions } from "./sizes.ts";
import { functionOp } from "./spec.ts";

/**
 * Zeros. float32 unless a dtype is given.
 * @example ops.zeros(2, 3) // tensor([[0., 0., 0.], [0., 0., 0.]])
 * @see torch.zeros
 */
export const zeros = constant(0);

/**
 * Ones. float32 unless a dtype is given.
 * @example ops.ones([2, 3], { dtype: "int64" }) // tensor([[1, 1, 1], [1, 1, 1]])
 * @see torch.ones
 */
export const ones = constant(1);

/**
 * A tensor to be filled. torch leaves in it what the memory held; here it is zeros.
 * @example ops.empty(2, 3).shape // [2, 3]
 * @see torch.empty
 */
export const empty = constant(0);

/**
 * One number in every place: float32 for a number, bool for a boolean, unless a dtype is given.
 * @example ops.full([2], 7) // tensor([7., 7.])
 * @see torch.full
 */
export const full = creation({
  call: (size: number | readonly number[], value: number | boolean, options: Made = {}) => ({
    operands: [],
    params: {
      size: typeof size === "number" ? [size] : size,
      value: typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
      dtype: options.dtype ?? (typeof value === "boolean" ? ("bool" as const) : ("float32" as const)),
    },
  }),
  shape: ({ size }) => checked(size),
  fill:
    ({ value }) =>
    () =>
      Number(value),
});

/**
 * Numbers from start up to end (without it) in steps: `arange(end)` or `arange(start, end, step)`. int64 when all
 * are whole, else float32, as in torch.
 * @example ops.arange(3) // tensor([0, 1, 2])
 * @see torch.arange
 */
export const arange = creation({
  call: (...args: readonly [...number[]] | readonly [...number[], Made]) => {
    const [numbers, options] = withOptions(args);
    const [start, end, step] =
      numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
    const whole = [start, end, step].every(Number.isInteger);
    const dtype: DType = options.dtype ?? (whole ? "int64" : "float32");
    return { operands: [], params: { start, end, step, dtype } };
  },
  shape: ({ start, end, step }) => {
    if (step === 0 || (end - start) * step < 0) {
      throw new ValueError(
        `arange from ${start} to ${end} in steps of ${step}: the step must lead from the first to the last`,
      );
    }
    return [Math.ceil((end - start) / step)];
  },
  fill:
    ({ start, step }) =>
    (i) =>
      start + i * step,
});

/**
 * `steps` numbers from start to end (with it), evenly.
 * @example ops.linspace(0, 1, 3) // tensor([0.0000, 0.5000, 1.0000])
 * @see torch.linspace
 */
export const linspace = creation({
  call: (start: number, end: number, steps: number, options: Made = {}) => ({
    operands: [],
    params: { start, end, steps, dtype: options.dtype ?? ("float32" as const) },
  }),
  shape: ({ steps }) => checked([steps]),
  fill: evenly,
});

/**
 * `base` to the power of `steps` numbers from start to end (with it), evenly.
 * @example ops.logspace(0, 2, 3) // tensor([  1.,  10., 100.])
 * @see torch.logspace
 */
export const logspace = creation({
  call: (
    start: number,
    end: number,
    steps: number,
    ...rest: readonly [base?: number, options?: Made] | readonly [Made]
  ) => {
    const [[base = 10], options] = withOptions(rest as readonly [...number[]]);
    return {
      operands: [],
      params: { start, end, steps, base, dtype: options.dtype ?? ("float32" as DType) },
    };
  },
  shape: ({ steps }) => checked([steps]),
  fill: (params) => {
    const power = evenly(params);
    return (i) => params.base ** power(i);
  },
});

/**
 * Ones on the main diagonal, zeros elsewhere; m columns unless as many as rows.
 * @example ops.eye(2) // tensor([[1., 0.], [0., 1.]])
 * @see torch.eye
 */
export const eye = creation({
  call: (...args: readonly [...number[]] | readonly [...number[], Made]) => {
    const [[n, m], options] = withOptions(args);
    return { operands: [], params: { n: n!, m: m ?? n!, dtype: options.dtype ?? ("float32" as const) } };
  },
  shape: ({ n, m }) => checked([n, m]),
  fill:
    ({ m }) =>
    (i) =>
      Number(Math.floor(i / m) === i % m),
});

function evenly({
  start,
  end,
  steps,
}: {
  readonly start: number;
  readonly end: number;
  readonly steps: number;
}) {
  const step = Math.fround((end - start) / (steps - 1));
  return (i: number): number =>
    steps === 1 ? start : i < steps / 2 ? start + step * i : end - step * (steps - i - 1);
}

type Creation = Readonly<Record<string, number | boolean | string | readonly number[]>> & {
  readonly dtype: DType;
};

function creation<A extends readonly unknown[], P extends Creation>(rule: {
  readonly call: (...args: A) => { operands: []; params: P };
  readonly shape: (params: P) => readonly number[];
  readonly fill: (params: P) => (i: number) => number;
}) {
  const make = (params: P): Host => {
    const shape = rule.shape(params);
    const f = rule.fill(params);
    const data = allocate(params.dtype, sizeOf(shape));
    const store = storing(params.dtype);
    for (let i = 0; i < data.length; i++) data[i] = store(f(i));
    return { dtype: params.dtype, shape, data };
  };
  return functionOp<A, P>({
    call: rule.call,
    infer: (_, params) => ({ dtype: params.dtype, shape: rule.shape(params) }),
    lower: (emit, _, params) => emit.node("Identity", [emit.constant(make(params))]),
    evaluate: (_, params) => make(params),
    flops: () => 0,
  });
}

function constant(value: number) {
  return creation({
    call: (...args: Sizes) => {
      const [size, options] = withOptions(args);
      return { operands: [], params: { size, dtype: options.dtype ?? ("float32" as DType) } };
    },
    shape: ({ size }) => checked(size),
    fill: () => () => value,
  });
}
