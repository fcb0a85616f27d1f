/** `a.b += c`, where `a` and its key are evaluated once, and `a.b` is read before `c`. */
import { flowOf } from "./flow.ts";

type Key = string | number | symbol;

export interface Place {
  readonly owner: Record<Key, unknown>;
  readonly key: Key;
  readonly before: unknown;
}

export const places = {
  load(owner: unknown, key: unknown): Place {
    const place = typeof key === "symbol" ? key : String(key);
    return { owner: owner as Place["owner"], key: place, before: (owner as Place["owner"])[place] };
  },

  store(
    { owner, key, before }: Place,
    operate: (before: unknown, operand: unknown) => unknown,
    operand: unknown,
  ): unknown {
    return (owner[key] = operate(before, operand));
  },

  /** `a.b ||= c` and `a.b &&= c` */
  storeIf({ owner, key, before }: Place, word: "and" | "or", operand: () => unknown): unknown {
    const flow = flowOf(before);
    if (flow) return (owner[key] = flow[word](before, operand));
    const isKept = word === "or" ? before : !before;
    return isKept ? before : (owner[key] = operand());
  },
};
