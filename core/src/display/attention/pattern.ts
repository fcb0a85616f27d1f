/** The weights of some heads, and which of them a causal mask leaves. */
import type { Numbers } from "../numbers.ts";

/** Each head is a matrix of `queries` rows and `keys` columns; all lie one after the other. */
export interface Pattern {
  readonly values: Numbers;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

/** The last key that a query can see under a causal mask; the last query sees all keys. */
export const lastKey = ({ queries, keys }: Omit<Pattern, "values" | "heads">, query: number): number =>
  query + keys - queries;

/** Whether no query looks at what comes after it. */
export function isCausal(pattern: Pattern): boolean {
  const { values, heads, queries, keys } = pattern;
  if (queries < 2 || queries > keys) return false;
  for (let row = 0; row < heads * queries; row++)
    for (let key = lastKey(pattern, row % queries) + 1; key < keys; key++)
      if (values[row * keys + key]! !== 0) return false;
  return true;
}
