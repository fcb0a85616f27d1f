/** What a model would say next: what the viewer gets, and the picture for those who have none. */
import { cut, shortWhere } from "../json.ts";
import { rounded } from "../numbers.ts";
import type { Where } from "../payload.ts";
import { DIM, rect, sheet, text, tokenText } from "./svg.ts";
import type { Top } from "./top.ts";

export const NEXT_TOKENS_MIME = "application/vnd.nnsight.next-tokens.v1+json";

export interface NextToken {
  readonly token: string;
  readonly id: number;
  readonly probability: number;
  readonly logit: number;
}

export interface NextTokensPayload {
  readonly name?: string;
  readonly where?: Where;
  /** From the likeliest down. */
  readonly entries: readonly NextToken[];
  /** How many tokens there are in all, and the probability of those that are not shown. */
  readonly vocabulary: number;
  readonly rest: number;
  /** Of all tokens, in bits. */
  readonly entropy: number;
}

export interface NextTokensLabels {
  readonly name?: string | undefined;
  readonly where?: Where | undefined;
}

export function nextTokensPayload(
  { ids, probabilities, entropy }: Top,
  logits: readonly number[],
  tokens: readonly string[],
  vocabulary: number,
  { name, where }: NextTokensLabels,
): NextTokensPayload {
  const shown = probabilities.reduce((sum, share) => sum + share, 0);
  return {
    ...(name !== undefined && { name: cut(name, 500) }),
    ...(where && { where: shortWhere(where) }),
    entries: ids.map((id, i) => ({
      token: cut(tokens[i]!, 60),
      id,
      probability: rounded(probabilities[i]!, 7),
      logit: rounded(logits[i]!, 7),
    })),
    vocabulary,
    rest: rounded(Math.max(0, 1 - shown), 4),
    entropy: rounded(entropy, 4),
  };
}

const [WORDS, BARS, LINE] = [150, 360, 20];

export function nextTokensPicture({ entries, rest }: NextTokensPayload): string {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const parts = entries.flatMap(({ token, probability }, i) => [
    text(WORDS - 10, i * LINE + 14, tokenText(token, 20), 'text-anchor="end"'),
    rect(WORDS, i * LINE + 5, Math.max(1, probability * BARS), 10, "#166a68"),
    text(WORDS + probability * BARS + 8, i * LINE + 14, share(probability)),
  ]);
  const last = text(WORDS, entries.length * LINE + 14, `all others ${share(rest)}`, `fill="${DIM}"`);
  return sheet(WORDS + BARS + 90, (entries.length + 1) * LINE + 24, [...parts, last]);
}
