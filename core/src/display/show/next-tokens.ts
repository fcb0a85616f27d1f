/** `show.nextTokens`: the likeliest next tokens as bars. */
import { ValueError } from "../../base/errors.ts";
import { numbersOf } from "../../tensor/host.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { NEXT_TOKENS_MIME, nextTokensPayload, nextTokensPicture } from "../text/next-tokens.ts";
import { topOf } from "../text/top.ts";
import { checkedTop, concreteFloats, originOf, type Words } from "./read.ts";
import { type Shown, shown } from "./shown.ts";

export interface NextTokensView {
  /** How many tokens have a bar. Default: 10. */
  readonly top?: number;
  /** The title; the expression that the scores were read with, unless given. */
  readonly name?: string;
}

const CALL = "show.nextTokens()";

/**
 * Draws the likeliest next tokens, with the softmax over all scores.
 * @param logits scores of the vocabulary, `[…, vocabulary]`: of several positions the last counts
 * @example show.nextTokens(logits, lm.tokenizer)
 * @throws ValueError when the tensor has no numbers yet, is empty, or holds several prompts
 */
export function nextTokens(logits: Tensor, tokenizer: Words, { top = 10, name }: NextTokensView = {}): Shown {
  const host = concreteFloats(logits, CALL);
  const { shape } = host;
  const vocabulary = shape.at(-1) ?? 0;
  if (vocabulary === 0 || shape.includes(0))
    throw new ValueError(`${CALL} got no scores: the tensor is [${shape.join(", ")}].`);
  if (shape.slice(0, -2).some((size) => size > 1))
    throw new ValueError(
      `${CALL} shows one prompt, and this tensor is [${shape.join(", ")}]. Choose one: logits.at(0).`,
    );
  const scores = numbersOf(host);
  const start = scores.length - vocabulary;
  const found = topOf(scores, start, vocabulary, checkedTop(top, CALL));
  const origin = originOf(logits);
  const payload = nextTokensPayload(
    found,
    found.ids.map((id) => scores[start + id]!),
    tokenizer.tokens(found.ids),
    vocabulary,
    { name: name ?? origin.name, where: origin.where },
  );
  return shown(
    () =>
      payload.entries
        .map(
          ({ token, probability }) =>
            `${(100 * probability).toFixed(1).padStart(5)} %  ${JSON.stringify(token)}`,
        )
        .join("\n"),
    () => ({ [NEXT_TOKENS_MIME]: payload, "image/svg+xml": nextTokensPicture(payload) }),
  );
}
