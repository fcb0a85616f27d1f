/** Tensors with the sizes of another. */
import type { DType } from "../tensor/dtype.ts";
import { allocate, cast, scalar, sizeOf } from "../tensor/host.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { broadcast, sizeOfDim, type Type } from "../tensor/type.ts";
import { moving, type Part, type Steps, viewing } from "./compose.ts";
import { to } from "./convert.ts";
import { repeated } from "./repeated.ts";
import { reshape } from "./reshape.ts";
import { where } from "./select.ts";
import { demand } from "./shapes.ts";
import type { Made } from "./sizes.ts";
import { functionOp, hostOp, type Params, type Value } from "./spec.ts";

/**
 * Zeros with the sizes and the dtype of x.
 * @example ops.zerosLike(tensor([1, 2])) // tensor([0., 0.])
 * @see torch.zeros_like
 */
export const zerosLike = alike((x: Value, options: Made = {}) => ({
  operands: [x],
  params: { value: 0, dtype: options.dtype ?? null },
}));

/**
 * Ones with the sizes and the dtype of x.
 * @example ops.onesLike(tensor([1, 2])) // tensor([1., 1.])
 * @see torch.ones_like
 */
export const onesLike = alike((x: Value, options: Made = {}) => ({
  operands: [x],
  params: { value: 1, dtype: options.dtype ?? null },
}));

/**
 * One number in every place, with the sizes and the dtype of x.
 * @example ops.fullLike(tensor([1, 2]), 7) // tensor([7., 7.])
 * @see torch.full_like
 */
export const fullLike = alike((x: Value, value: number, options: Made = {}) => ({
  operands: [x],
  params: { value: Number.isFinite(value) ? value : String(value), dtype: options.dtype ?? null },
}));

/**
 * Uniform numbers from 0 up to 1 with the sizes of x.
 * @example ops.randLike(tensor([1, 2]))
 * @see torch.rand_like
 */
export const randLike = drawn("randLike", (n) => defaultGenerator.uniform(n));

/**
 * Numbers of the normal distribution with the sizes of x.
 * @example ops.randnLike(tensor([1, 2]))
 * @see torch.randn_like
 */
export const randnLike = drawn("randnLike", (n) => defaultGenerator.normal(n));

/**
 * Uniform numbers from `from` up to `to` with the sizes of x; `x.uniform_(from, to)` draws them into x.
 * @example ops.uniform(tensor([1, 2]), -1, 1)
 * @see torch.Tensor.uniform_
 */
export const uniform = distributed(
  "uniform",
  (from = 0, to = 1) => ({ from, to }),
  (n, { from, to }) => defaultGenerator.uniform(n, from, to),
);

/**
 * Numbers of a normal distribution with the sizes of x; `x.normal_(mean, std)` draws them into x.
 * @example ops.normal(tensor([1, 2]), 0, 0.02)
 * @see torch.Tensor.normal_
 */
export const normal = distributed(
  "normal",
  (mean = 0, std = 1) => ({ mean, std }),
  (n, { mean, std }) => defaultGenerator.normal(n, mean, std),
);

/**
 * x repeated to the sizes of other.
 * @example tensor([1]).expandAs(tensor([1, 2])) // tensor([1., 1.])
 * @see torch.Tensor.expand_as
 */
export const expandAs = viewing({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps, [x, other]) => {
    const shape = broadcast(x!.type.shape, other!.type.shape);
    const lead = shape.length - x!.type.shape.length;
    const grows = shape.some((dim, i) => sizeOfDim(dim) === undefined && x!.type.shape[i - lead] === 1);
    const open = shape.some((dim, i) => sizeOfDim(dim) === undefined && i < lead);
    if (!grows && !open) return repeated(steps, x!, shape);
    // A size that only the run knows is taken from the other one's values.
    return steps.do(where, steps.do(onesLike, other!, { dtype: "bool" }), x!, x!);
  },
});

/**
 * x in the sizes of other, which are known.
 * @example tensor([1, 2]).reshapeAs(tensor([[1], [2]])) // tensor([[1.], [2.]])
 * @see torch.Tensor.reshape_as
 */
export const reshapeAs = viewing({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps: Steps, [x, other]): Part =>
    steps.do(
      reshape,
      x!,
      other!.type.shape.map((dim, i) => sizeOfDim(dim) ?? (i === 0 ? -1 : 0)),
    ),
});

type Alike = { readonly value: number | string; readonly dtype: DType | null };

function alike<A extends readonly unknown[]>(
  call: (...args: A) => { operands: readonly Value[]; params: Alike },
) {
  const typeOf = (x: Type, { dtype }: Alike): Type => ({ dtype: dtype ?? x.dtype, shape: x.shape });
  return functionOp<A, Alike>({
    call,
    infer: ([x], params) => typeOf(x!, params),
    moves: true,
    lower: (emit, [x], params, [type]) => {
      const value = emit.constant(scalar(Number(params.value), typeOf(type!, params).dtype));
      return emit.node("Expand", [value, emit.node("Shape", [x!])]);
    },
    evaluate: ([x], params) => {
      const { dtype } = typeOf(x!, params);
      const value = scalar(Number(params.value), dtype).data[0]!;
      const data = allocate(dtype, sizeOf(x!.shape));
      for (let i = 0; i < data.length; i++) data[i] = value;
      return { dtype, shape: x!.shape, data };
    },
    flops: () => 0,
  });
}

function drawn(name: string, draw: (n: number) => Float32Array) {
  return distributed(name, () => ({}), draw);
}

function distributed<A extends readonly number[], P extends Params>(
  name: string,
  params: (...args: A) => P,
  draw: (n: number, params: P) => Float32Array,
) {
  return hostOp({
    call: (x: Value, ...args: A) => ({ operands: [x], params: params(...args) }),
    infer: ([x]) => {
      demand(x!, name, "float");
      return x!;
    },
    evaluate: ([x], given) =>
      cast({ dtype: "float32", shape: x!.shape, data: draw(sizeOf(x!.shape), given) }, x!.dtype),
  });
}

/**
 * x with the dtype of other.
 * @example tensor([1.5]).typeAs(tensor([1n])) // tensor([1])
 * @see torch.Tensor.type_as
 */
export const typeAs = moving({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps, [x, other]) => steps.do(to, x!, other!.type.dtype),
});
