/** Conditions and loops on values that may be tensors or not. */
import { types } from "node:util";
import { type Carried, flowOf } from "./flow.ts";

/** The library merges what is written into modules and tensors; modules and their values are proxies. */
function isOurs({ owner }: Carried): boolean {
  const object = owner?.();
  if (object === undefined) return true;
  return typeof object === "object" && !types.isProxy(object) && flowOf(object) === undefined;
}

export const conditions = {
  /** The value itself where JavaScript may judge it; a concrete tensor that is false becomes `false`. */
  test(value: unknown, where: string): unknown {
    const flow = flowOf(value);
    return flow && !flow.truth(value, where) ? false : value;
  },

  cond(
    condition: unknown,
    then: () => void,
    otherwise: (() => void) | undefined,
    carried: readonly Carried[],
  ): void {
    const flow = flowOf(condition);
    if (flow) flow.cond(condition, then, otherwise, carried.filter(isOurs));
    else if (condition) then();
    else otherwise?.();
  },

  select(condition: unknown, then: () => unknown, otherwise: () => unknown): unknown {
    const flow = flowOf(condition);
    if (flow) return flow.select(condition, then, otherwise);
    return condition ? then() : otherwise();
  },

  and(left: unknown, right: () => unknown): unknown {
    const flow = flowOf(left);
    return flow ? flow.and(left, right) : left && right();
  },

  or(left: unknown, right: () => unknown): unknown {
    const flow = flowOf(left);
    return flow ? flow.or(left, right) : left || right();
  },

  forOf(items: Iterable<unknown>, body: (item: unknown) => void, carried: readonly Carried[]): void {
    const flow = flowOf(items);
    if (flow) flow.forOf(items, body, carried.filter(isOurs));
    else for (const item of items) body(item);
  },

  /** A callback whose answer JavaScript takes as true or false, as that of `filter`. */
  predicate(callback: unknown, where: string): unknown {
    if (typeof callback !== "function") return callback;
    return function (this: unknown, ...args: unknown[]) {
      return conditions.test(callback.apply(this, args), where);
    };
  },
};
