/** What is said of a head in one line. Weights that are NaN count as none, which shows in the sums of their rows. */
import { rounded } from "../numbers.ts";
import { lastKey, type Pattern } from "./pattern.ts";

/** Means over the queries after the first, which under a causal mask has nothing to choose from. */
export interface HeadMeasures {
  /** Of the weights, in bits: 0 where each query looks at one key only. */
  readonly entropy: number;
  /** The weight on the first key, on the key before the query, on the query itself. */
  readonly first: number;
  readonly previous: number;
  readonly itself: number;
}

export function measuresOf(pattern: Pattern): HeadMeasures[] {
  const { values, heads, queries, keys } = pattern;
  const from = queries > 1 ? 1 : 0;
  return Array.from({ length: heads }, (_, head) => {
    let [entropy, first, previous, itself] = [0, 0, 0, 0];
    for (let query = from; query < queries; query++) {
      const start = (head * queries + query) * keys;
      for (let key = 0; key < keys; key++) {
        const weight = values[start + key]!;
        if (weight > 0) entropy -= weight * Math.log2(weight);
      }
      const own = lastKey(pattern, query);
      first += values[start] || 0;
      if (own > 0) previous += values[start + own - 1] || 0;
      if (own >= 0) itself += values[start + own] || 0;
    }
    const mean = (total: number) => rounded(total / (queries - from) + 0, 4);
    return { entropy: mean(entropy), first: mean(first), previous: mean(previous), itself: mean(itself) };
  });
}

/** How far the weights of a query are from 1 in sum, at most. */
export function rowSumError({ values, heads, queries, keys }: Pattern): number {
  let error = 0;
  for (let row = 0; row < heads * queries; row++) {
    let sum = 0;
    for (let key = 0; key < keys; key++) sum += values[row * keys + key] || 0;
    error = Math.max(error, Math.abs(sum - 1));
  }
  return rounded(error, 1);
}
