/** Changes of dtype, and copies. */

import { TypeError } from "../base/errors.ts";
import { cast } from "../tensor/host.ts";
import type { DType } from "../tensor/type.ts";
import { castTo } from "./lowering.ts";
import { op, type Value } from "./spec.ts";

/**
 * The same values as another dtype: float to int drops the fraction, anything but 0 is true.
 * @example tensor([1.7, -1.7]).to("int64") // tensor([ 1, -1])
 * @see torch.Tensor.to
 */
export const to = op({
  call: (x: Value, dtype: DType) => ({ operands: [x], params: { dtype } }),
  infer: ([x], { dtype }) => {
    if (!["float32", "int64", "bool"].includes(dtype)) {
      throw new TypeError(`to takes a dtype ("float32", "int64" or "bool"), not ${JSON.stringify(dtype)}`);
    }
    return { dtype, shape: x!.shape };
  },
  lower: (emit, [x], { dtype }, [type]) =>
    type!.dtype === dtype ? emit.node("Identity", [x!]) : castTo(emit, x!, type!.dtype, dtype),
  evaluate: ([x], { dtype }) => cast(x!, dtype),
  flops: () => 0,
});

/**
 * x as float32.
 * @example tensor([true, false]).float() // tensor([1., 0.])
 * @see torch.Tensor.float
 */
export const float = conversion("float32");

/**
 * x as int64: fractions are dropped.
 * @example tensor([1.7]).long() // tensor([1])
 * @see torch.Tensor.long
 */
export const long = conversion("int64");

/**
 * x as bool: anything but 0 is true.
 * @example tensor([0, 2]).bool() // tensor([False,  True])
 * @see torch.Tensor.bool
 */
export const bool = conversion("bool");

/**
 * The same values once more.
 * @see torch.clone
 */
export const clone = copy();

/**
 * The same values, as constants: no gradient flows through.
 * @see torch.Tensor.detach
 */
export const detach = copy();

function conversion(dtype: DType) {
  return op({
    call: (x: Value) => ({ operands: [x], params: {} }),
    infer: ([x]) => ({ dtype, shape: x!.shape }),
    lower: (emit, [x], _, [type]) =>
      type!.dtype === dtype ? emit.node("Identity", [x!]) : castTo(emit, x!, type!.dtype, dtype),
    evaluate: ([x]) => cast(x!, dtype),
    flops: () => 0,
  });
}

function copy() {
  return op({
    call: (x: Value) => ({ operands: [x], params: {} }),
    infer: ([x]) => x!,
    lower: (emit, [x]) => emit.node("Identity", [x!]),
    evaluate: ([x]) => ({ dtype: x!.dtype, shape: x!.shape, data: x!.data.slice() }),
    flops: () => 0,
  });
}
