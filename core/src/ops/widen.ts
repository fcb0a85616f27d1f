/**
 * Lets an op that is written for float32, float64, int64 and bool work on every dtype: narrow inputs are widened, and
 * results are brought to the dtypes that `infer` gives for the narrow ones. Knows nothing of any op.
 */
import { type DType, wideOf } from "../tensor/dtype.ts";
import { cast, type Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { castTo } from "./lowering.ts";
import type { Op } from "./spec.ts";

export interface Width {
  /** Takes every dtype as it is, since it moves values without computing. */
  readonly moves?: true;
  /** ONNX Runtime has no float64 kernel: there it is computed as float32. */
  readonly single?: true;
}

/** The entry's `lower` and `evaluate` for every dtype. */
export function widened({
  infer,
  lower,
  evaluate,
  moves,
  single,
}: Op & Width): Pick<Op, "lower" | "evaluate"> {
  if (moves) return { lower, evaluate };
  const inGraph = (dtype: DType): DType => (single && dtype === "float64" ? "float32" : wideOf(dtype));
  return {
    lower: (emit, inputs, params, types) => {
      if (!types.some((type) => type && inGraph(type.dtype) !== type.dtype))
        return lower(emit, inputs, params, types);
      const wide = types.map((type) => type && { ...type, dtype: inGraph(type.dtype) });
      const names = inputs.map((name, i) =>
        name ? castTo(emit, name, types[i]!.dtype, wide[i]!.dtype) : name,
      );
      const made = lower(emit, names, params, wide);
      const [from, to] = [listOf(infer(wide, params)), listOf(infer(types, params))];
      const results = listOf(made).map((name, i) => castTo(emit, name, from[i]!.dtype, to[i]!.dtype));
      return typeof made === "string" ? results[0]! : results;
    },
    evaluate: (inputs, params) => {
      if (!inputs.some((x) => x && wideOf(x.dtype) !== x.dtype)) return evaluate(inputs, params);
      const made = evaluate(
        inputs.map((x) => x && cast(x, wideOf(x.dtype))),
        params,
      );
      const to = listOf<Type>(infer(inputs, params));
      const results = listOf<Host>(made).map((x, i) => cast(x, to[i]!.dtype));
      return Array.isArray(made) ? results : results[0]!;
    },
  };
}

const listOf = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? (x as readonly T[]) : [x as T]);
