/** Choosing between values, place by place: the larger, the smaller, within bounds, by a condition. */

import { type DType, promoteAll } from "../tensor/dtype.ts";
import { cast, type Host } from "../tensor/host.ts";
import { broadcast, type Type } from "../tensor/type.ts";
import { binary } from "./binary.ts";
import { broadcastTo } from "./kernels.ts";
import { castTo } from "./lowering.ts";
import { countOf, demand } from "./shapes.ts";
import { functionOp, op, type Value } from "./spec.ts";

/**
 * The larger of x and other; nan where one is nan.
 * @example tensor([1, 5]).maximum(3) // tensor([3., 5.])
 * @see torch.maximum
 */
export const maximum = binary("maximum", {
  lower: (emit, a, b, dtype) => emit.node(dtype === "bool" ? "Or" : "Max", [a, b]),
  float: Math.max,
  int: (a, b) => (a > b ? a : b),
  bool: (a, b) => a | b,
});

/**
 * The smaller of x and other; nan where one is nan.
 * @example tensor([1, 5]).minimum(3) // tensor([1., 3.])
 * @see torch.minimum
 */
export const minimum = binary("minimum", {
  lower: (emit, a, b, dtype) => emit.node(dtype === "bool" ? "And" : "Min", [a, b]),
  float: Math.min,
  int: (a, b) => (a < b ? a : b),
  bool: (a, b) => a & b,
});

/**
 * x within min and max; either may be left out (null), both may be tensors.
 * @example tensor([-3, 0.5, 3]).clamp(-1, 1) // tensor([-1.0000,  0.5000,  1.0000])
 * @see torch.clamp
 */
export const clamp = op({
  call: (x: Value, min?: Value | null, max?: Value | null) => ({
    operands: [x, min ?? undefined, max ?? undefined],
    params: {},
  }),
  infer: (inputs) =>
    steps(inputs).reduce((type, [rule, bound]) => rule.infer([type, bound], {}) as Type, inputs[0]!),
  lower: (emit, [x, min, max], _, types) => {
    let type = types[0]!;
    let name = x!;
    for (const [rule, bound, at] of steps(types)) {
      name = rule.lower(emit, [name, (at === 1 ? min : max)!], {}, [type, bound]) as string;
      type = rule.infer([type, bound], {}) as Type;
    }
    return name;
  },
  evaluate: (inputs) =>
    steps(inputs).reduce((x, [rule, bound]) => rule.evaluate([x, bound], {}) as Host, inputs[0]!),
  flops: ([x]) => 2 * countOf(x!.shape),
});

const steps = <T>(inputs: readonly (T | undefined)[]) =>
  ([1, 2] as const).flatMap((at) => {
    const bound = inputs[at];
    return bound === undefined ? [] : [[at === 1 ? maximum : minimum, bound, at] as const];
  });

/**
 * x where the condition holds, other elsewhere; all three are broadcast.
 * @example ops.where(tensor([true, false]), tensor([1, 2]), 0) // tensor([1., 0.])
 * @see torch.where
 */
export const where = functionOp({
  call: (condition: Value, x: Value, other: Value) => ({ operands: [condition, x, other], params: {} }),
  infer: ([condition, x, other]) => {
    demand(condition!, "where (condition)", "bool");
    return {
      dtype: promoteAll(x!, other!),
      shape: broadcast(condition!.shape, broadcast(x!.shape, other!.shape)),
    };
  },
  lower: (emit, [condition, x, other], _, [, left, right]) => {
    const dtype = promoteAll(left!, right!);
    const inner: DType = dtype === "bool" ? "int64" : dtype;
    const chosen = emit.node("Where", [
      condition!,
      castTo(emit, x!, left!.dtype, inner),
      castTo(emit, other!, right!.dtype, inner),
    ]);
    return castTo(emit, chosen, inner, dtype);
  },
  evaluate: ([condition, x, other]) => {
    const dtype = promoteAll(x!, other!);
    const shape = broadcast(condition!.shape, broadcast(x!.shape, other!.shape)) as number[];
    const test = broadcastTo(condition!, shape).data;
    const no = broadcastTo(cast(other!, dtype), shape).data;
    const data = broadcastTo(cast(x!, dtype), shape).data.slice();
    for (let i = 0; i < data.length; i++) if (!test[i]) data[i] = no[i]!;
    return { dtype, shape, data };
  },
  flops: ([condition, x, other]) => countOf(broadcast(condition!.shape, broadcast(x!.shape, other!.shape))),
});
