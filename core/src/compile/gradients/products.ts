/** Products with weights: of what a block computes the part that costs most to compute again. */
import type { OpNode } from "../../ir/node.ts";
import { opNamed } from "../../ops/named.ts";
import { countOf } from "../../ops/shapes.ts";
import type { Type } from "../../tensor/type.ts";

/** Floating-point operations for each number of a result, from which on its making costs more than its keeping. */
const dear = 16;

/** Whether an op multiplies with a weight, for so many operations that its result is worth keeping. */
export function isProduct({ op, inputs, params, results }: OpNode): boolean {
  if (!inputs.some((input) => input?.node.kind === "weight")) return false;
  const { dtype, shape } = results[0]!.type;
  const flops = opNamed(op).flops(inputs.map((input) => input?.type) as Type[], params);
  return dtype === "float32" && flops >= dear * countOf(shape);
}
