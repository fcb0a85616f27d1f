/** Whether tensors are the same, nearly or exactly, and what lies in a set. */

import { kindOf, promoteAll } from "../tensor/dtype.ts";
import { scalar } from "../tensor/host.ts";
import { broadcast, sameDim, sizeOfDim } from "../tensor/type.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { eq, isnan, le, logicalAnd, logicalOr } from "./compare.ts";
import { composed, type Part, type Steps } from "./compose.ts";
import { to } from "./convert.ts";
import { isfinite } from "./digits.ts";
import { unsqueeze } from "./movement.ts";
import { all, any } from "./reduce.ts";
import { flatten } from "./reshape.ts";
import { abs } from "./signs.ts";
import type { Value } from "./spec.ts";

export interface Closeness {
  /** Relative to other. */
  readonly rtol?: number;
  readonly atol?: number;
  /** Whether two nan are the same. */
  readonly equalNan?: boolean;
}

const paramsOf = ({ rtol = 1e-5, atol = 1e-8, equalNan = false }: Closeness = {}) => ({
  rtol,
  atol,
  equalNan,
});

/**
 * Where x and other are nearly the same: |x - other| ≤ atol + rtol · |other|.
 * @example tensor([1, 2]).isclose(tensor([1.000001, 3])) // tensor([ True, False])
 * @see torch.isclose
 */
export const isclose = composed({
  call: (x: Value, other: Value, options?: Closeness) => ({
    operands: [x, other],
    params: paramsOf(options),
  }),
  make: (steps, [x, other], params) => close(steps, x!, other!, params),
});

/**
 * Whether x and other are nearly the same everywhere; bool, without dimensions.
 * @example tensor([1]).allclose(tensor([1.000001])) // tensor(True)
 * @see torch.allclose
 */
export const allclose = composed({
  call: (x: Value, other: Value, options?: Closeness) => ({
    operands: [x, other],
    params: paramsOf(options),
  }),
  make: (steps, [x, other], params) => steps.do(all, close(steps, x!, other!, params)),
});

/**
 * Whether x and other have the same sizes and values; bool, without dimensions.
 * @example tensor([1, 2]).equal(tensor([1, 2])) // tensor(True)
 * @see torch.equal
 */
export const equal = composed({
  call: (x: Value, other: Value) => ({ operands: [x, other], params: {} }),
  make: (steps, [x, other]) => {
    const [a, b] = [x!.type.shape, other!.type.shape];
    const fits = (i: number) =>
      sameDim(a[i]!, b[i]!) || sizeOfDim(a[i]!) === undefined || sizeOfDim(b[i]!) === undefined;
    if (a.length !== b.length || !a.every((_, i) => fits(i))) return steps.constant(scalar(false, "bool"));
    return steps.do(all, steps.do(eq, x!, other!));
  },
});

/**
 * Where x is one of the values of test.
 * @example tensor([1, 2, 3]).isin(tensor([1, 3])) // tensor([ True, False,  True])
 * @see torch.isin
 */
export const isin = composed({
  call: (x: Value, test: Value) => ({ operands: [x, test], params: {} }),
  make: (steps, [x, test]) =>
    steps.do(any, steps.do(eq, steps.do(unsqueeze, x!, -1), steps.do(flatten, test!)), -1),
});

function close(steps: Steps, x: Part, other: Part, { rtol, atol, equalNan }: Required<Closeness>): Part {
  broadcast(x.type.shape, other.type.shape);
  const both = promoteAll(x.type, other.type);
  const same = steps.do(eq, x, other);
  const dtype = kindOf(both) === "float" ? both : "float64";
  const [a, b] = [steps.do(to, x, dtype), steps.do(to, other, dtype)];
  const room = steps.do(add, steps.do(mul, steps.do(abs, b), rtol), atol);
  const finite = steps.do(isfinite, b);
  const near = steps.do(logicalAnd, steps.do(le, steps.do(abs, steps.do(sub, a, b)), room), finite);
  const made = steps.do(logicalOr, same, near);
  if (!equalNan) return made;
  return steps.do(logicalOr, made, steps.do(logicalAnd, steps.do(isnan, x), steps.do(isnan, other)));
}
