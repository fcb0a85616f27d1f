/** `for (const item of items)` over a value: one that is there is gone through, a lazy one names `iter`. */

import { guarded } from "../trace/contexts.ts";
import { refuse } from "../trace/convert.ts";
import { Tensor } from "../trace/tensor.ts";
import type { Carried } from "./index.ts";
import { isPending, type Operand } from "./truth.ts";

export function forOf(items: Operand, body: (item: unknown) => void, _carried: readonly Carried[]): void {
  if (isPending(items))
    guarded(() => {
      throw refuse("iteration");
    });
  for (const item of items instanceof Tensor ? items : (items.value as Iterable<unknown>)) body(item);
}
