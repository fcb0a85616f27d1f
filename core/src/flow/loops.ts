/** `for (const item of items)` over a tensor: a concrete one is gone through, a lazy one names `iter`. */
import type { Tensor } from "../trace/tensor.ts";
import type { Carried } from "./index.ts";

export function forOf(items: Tensor, body: (item: Tensor) => void, _carried: readonly Carried[]): void {
  for (const item of items) body(item);
}
