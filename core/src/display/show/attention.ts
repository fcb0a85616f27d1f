/** `show.attention`: the heads of one layer, which token looks at which. */
import { ValueError } from "../../base/errors.ts";
import { numbersOf } from "../../tensor/host.ts";
import type { Tensor } from "../../trace/tensor.ts";
import type { Pattern } from "../attention/pattern.ts";
import { ATTENTION_MIME, attentionPayload } from "../attention/payload.ts";
import { attentionPicture } from "../attention/picture.ts";
import { encodeBase64 } from "../base64.ts";
import { labelsOf } from "../labels.ts";
import { keepTensor } from "../live/keep.ts";
import { checkedTokens, concreteFloats, originOf } from "./read.ts";
import { type Shown, shown } from "./shown.ts";

export interface AttentionView {
  /** One text for each key. Without them positions are numbered. */
  readonly tokens?: readonly string[];
  /** Which layer it is, for the title. */
  readonly layer?: number;
  /** The title; the expression that the tensor was read with, unless given. */
  readonly name?: string;
}

const CALL = "show.attention()";

/**
 * Draws attention weights: all heads at a glance, one large, as a matrix or as lines between tokens.
 * @param pattern weights after the softmax: `[head, query, key]`, `[1, head, query, key]`, or `[query, key]` of one head
 * @example show.attention(pattern, { tokens: lm.tokenizer.tokens(lm.tokenizer.encode(prompt)), layer: 14 })
 * @throws ValueError when the tensor has no numbers yet, another number of dimensions, no weights or weights outside 0 to 1, or when tokens and keys differ in number
 */
export function attention(pattern: Tensor, { tokens, layer, name }: AttentionView = {}): Shown {
  const host = concreteFloats(pattern, CALL);
  const matrices = { values: numbersOf(host), ...sizesOf(host.shape) };
  const { heads, queries, keys } = matrices;
  checkWeights(matrices);
  const words = checkedTokens(tokens, keys, CALL, "keys") ?? wordsOf(pattern, keys);
  const origin = originOf(pattern);
  const title = name ?? (layer === undefined ? origin.name : `attention of layer ${layer}`);
  return shown(
    () =>
      `${title ?? "attention"}: ${heads} ${heads === 1 ? "head" : "heads"}, ${queries} queries, ${keys} keys`,
    () => {
      const id = keepTensor(host, labelsOf(pattern));
      const labels = { id, name: title, expression: origin.expression, where: origin.where, tokens: words };
      const payload = attentionPayload(matrices, host, labels);
      return { [ATTENTION_MIME]: payload, "image/png": encodeBase64(attentionPicture(payload)) };
    },
  );
}

function sizesOf(shape: readonly number[]): { heads: number; queries: number; keys: number } {
  const [keys = 0, queries = 0, heads = 1, batch = 1] = [...shape].reverse();
  const printed = `[${shape.join(", ")}]`;
  if (shape.length < 2 || shape.length > 4)
    throw new ValueError(
      `${CALL} shows [head, query, key] or [1, head, query, key], and this tensor is ${printed}.`,
    );
  if (batch > 1)
    throw new ValueError(
      `${CALL} shows one prompt, and this tensor ${printed} holds ${batch}. Choose one: pattern.at(0).`,
    );
  if (heads * queries * keys === 0) throw new ValueError(`${CALL} got no weights: the tensor is ${printed}.`);
  return { heads, queries, keys };
}

function checkWeights({ values }: Pattern): void {
  const odd = values.find((weight) => weight < 0 || weight > 1.01);
  if (odd !== undefined)
    throw new ValueError(
      `${CALL} shows weights between 0 and 1, and here is ${odd}. Are these scores? Then show scores.softmax(-1), or the tensor itself.`,
    );
}

/** The tokens that the model knew for the keys. */
function wordsOf({ axes }: Tensor, keys: number): readonly string[] | undefined {
  const labels = axes?.words?.labels;
  return labels?.length === keys ? labels : undefined;
}
