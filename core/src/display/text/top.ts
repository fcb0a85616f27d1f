/** The likeliest tokens out of scores. */
import { ValueError } from "../../base/errors.ts";
import type { Numbers } from "../numbers.ts";

export interface Top {
  /** From the likeliest down. */
  readonly ids: readonly number[];
  readonly probabilities: readonly number[];
  /** Of all tokens, in bits. */
  readonly entropy: number;
}

/**
 * Of `count` scores from `start` on, the `top` largest, with the softmax over all of them.
 * @throws ValueError when a score is NaN, or all are -Infinity
 */
export function topOf(scores: Numbers, start: number, count: number, top: number): Top {
  const ids: number[] = [];
  for (let id = 0; id < count; id++) {
    const score = scores[start + id]!;
    if (Number.isNaN(score))
      throw new ValueError(`the score of token ${id} is NaN, so that no token is the likeliest.`);
    if (score === -Infinity || (ids.length === top && score <= scores[start + ids.at(-1)!]!)) continue;
    let at = ids.length;
    while (at > 0 && scores[start + ids[at - 1]!]! < score) at--;
    ids.splice(at, 0, id);
    if (ids.length > top) ids.pop();
  }
  if (ids.length === 0) throw new ValueError("all scores are -Infinity, so that no token is likely.");
  const most = scores[start + ids[0]!]!;
  let [sum, weighted] = [0, 0];
  for (let id = 0; id < count; id++) {
    const difference = scores[start + id]! - most;
    const share = Math.exp(difference);
    sum += share;
    if (share > 0) weighted += share * difference;
  }
  return {
    ids,
    probabilities: ids.map((id) => Math.exp(scores[start + id]! - most) / sum),
    entropy: (Math.log(sum) - weighted / sum) / Math.LN2,
  };
}
