/** Changes of dtype, and copies. */

import { TypeError } from "../base/errors.ts";
import { type DType, dtypeNames } from "../tensor/dtype.ts";
import { cast } from "../tensor/host.ts";
import { copy } from "./copy.ts";
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
    if (!dtypeNames.includes(dtype)) {
      const names = dtypeNames.map((name) => `"${name}"`).join(", ");
      throw new TypeError(`to takes a dtype (${names}), not ${JSON.stringify(dtype)}`);
    }
    return { dtype, shape: x!.shape };
  },
  moves: true,
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
 * x as float64.
 * @example tensor([0.1]).double().dtype // "float64"
 * @see torch.Tensor.double
 */
export const double = conversion("float64");

/**
 * x as float16: about three digits, up to 65504. Computed as float32, and rounded.
 * @example tensor([0.1]).half().dtype // "float16"
 * @see torch.Tensor.half
 */
export const half = conversion("float16");

/**
 * x as bfloat16: the range of float32 with about two digits. Computed as float32, and rounded.
 * @example tensor([0.1]).bfloat16().dtype // "bfloat16"
 * @see torch.Tensor.bfloat16
 */
export const bfloat16 = conversion("bfloat16");

/**
 * x as int32: fractions are dropped.
 * @example tensor([1.7]).int().dtype // "int32"
 * @see torch.Tensor.int
 */
export const int = conversion("int32");

/**
 * x as int16: fractions are dropped, what is too large wraps.
 * @example tensor([1.7]).short().dtype // "int16"
 * @see torch.Tensor.short
 */
export const short = conversion("int16");

/**
 * x as int8: fractions are dropped, what is too large wraps.
 * @example tensor([1.7]).char().dtype // "int8"
 * @see torch.Tensor.char
 */
export const char = conversion("int8");

/**
 * x as uint8: fractions are dropped, what is too large or below 0 wraps.
 * @example tensor([1.7]).byte().dtype // "uint8"
 * @see torch.Tensor.byte
 */
export const byte = conversion("uint8");

/**
 * x as bool: anything but 0 is true.
 * @example tensor([0, 2]).bool() // tensor([False,  True])
 * @see torch.Tensor.bool
 */
export const bool = conversion("bool");

/**
 * The same values once more.
 * @example tensor([1, 2]).clone() // tensor([1., 2.])
 * @see torch.clone
 */
export const clone = copy();

/**
 * The same values, as constants: no gradient flows through.
 * @example tensor([1, 2]).detach() // tensor([1., 2.])
 * @see torch.Tensor.detach
 */
export const detach = copy();

function conversion(dtype: DType) {
  return op({
    call: (x: Value) => ({ operands: [x], params: {} }),
    infer: ([x]) => ({ dtype, shape: x!.shape }),
    moves: true,
    lower: (emit, [x], _, [type]) =>
      type!.dtype === dtype ? emit.node("Identity", [x!]) : castTo(emit, x!, type!.dtype, dtype),
    evaluate: ([x]) => cast(x!, dtype),
    flops: () => 0,
  });
}
