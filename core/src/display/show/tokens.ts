/** `show.tokens`: a text whose tokens are coloured by a value. */
import { ValueError } from "../../base/errors.ts";
import { numbersOf } from "../../tensor/host.ts";
import { Tensor } from "../../trace/tensor.ts";
import { TOKENS_MIME, tokensPayload, tokensPicture } from "../text/tokens.ts";
import { checkedTokens, concrete, hereLine, originOf } from "./read.ts";
import { type Shown, shown } from "./shown.ts";

export interface TokensView {
  /** What the values are, such as `"surprisal"`. */
  readonly label?: string;
  /** The title; the expression that the values were read with, unless given. */
  readonly name?: string;
}

const CALL = "show.tokens()";

/**
 * Draws tokens as text, each coloured by its value: blue below zero and orange above, or one colour where none is below.
 * @param values one for each token: a tensor of one dimension (others of size 1 do not count), or numbers
 * @example show.tokens(lm.tokenizer.tokens(lm.tokenizer.encode(prompt)), surprisal, { label: "surprisal in bits" })
 * @throws ValueError when the tensor has no numbers yet, or when tokens and values differ in number
 */
export function tokens(
  tokens: readonly string[],
  values: Tensor | readonly number[],
  { label = "value", name }: TokensView = {},
): Shown {
  const numbers = Float64Array.from(values instanceof Tensor ? oneDimension(values) : values);
  checkedTokens(tokens, numbers.length, CALL, "values");
  const origin = values instanceof Tensor ? originOf(values) : { name: undefined, where: hereLine() };
  const payload = tokensPayload(tokens, numbers, { name: name ?? origin.name, label, where: origin.where });
  return shown(
    () => tokens.map((token, i) => `${JSON.stringify(token)} ${numbers[i]!.toPrecision(3)}`).join("\n"),
    () => ({ [TOKENS_MIME]: payload, "image/svg+xml": tokensPicture(payload) }),
  );
}

function oneDimension(values: Tensor): Iterable<number> {
  const host = concrete(values, CALL);
  if (host.shape.filter((size) => size !== 1).length <= 1) return numbersOf(host);
  throw new ValueError(
    `${CALL} takes one value for each token, and this tensor is [${host.shape.join(", ")}]. Reduce it first, such as values.norm({ dim: -1 }).`,
  );
}
