/** `show.logitLens`: what each layer would say next, at each position. */
import { ValueError } from "../../base/errors.ts";
import { type Host, numbersOf } from "../../tensor/host.ts";
import { Tensor } from "../../trace/tensor.ts";
import { LOGIT_LENS_MIME, logitLensPayload, logitLensPicture } from "../text/logit-lens.ts";
import { type Top, topOf } from "../text/top.ts";
import { checkedTokens, checkedTop, concreteFloats, hereLine, originOf, type Words } from "./read.ts";
import { type Shown, shown } from "./shown.ts";

export interface LogitLensView {
  /** Names the tokens. */
  readonly tokenizer: Words;
  /** One text for each position. Without them positions are numbered. */
  readonly tokens?: readonly string[];
  /** The number of each layer. Default: counted from 0. */
  readonly layers?: readonly number[];
  /** How many guesses of each cell are kept. Default: 5. */
  readonly top?: number;
  readonly name?: string;
}

const CALL = "show.logitLens()";

/**
 * Draws a table: a row for each layer, a column for each token, in the cell what would come next.
 * @param logits scores of each layer: `[layer, position, vocabulary]`, or a list of `[position, vocabulary]` or `[1, position, vocabulary]`
 * @example
 * const logits = await lm.trace(prompt, () => lm.model.layers.map((layer) => lm.lm_head(lm.model.norm(layer.output[0]))));
 * show.logitLens(logits, { tokens, tokenizer: lm.tokenizer })
 * @throws ValueError when a tensor has no numbers yet, when sizes differ, or when tokens or layers do not fit
 */
export function logitLens(
  logits: Tensor | readonly Tensor[],
  { tokenizer, tokens, layers, top = 5, name = "logit lens" }: LogitLensView,
): Shown {
  const most = checkedTop(top, CALL);
  const list =
    logits instanceof Tensor ? [concreteFloats(logits, CALL)] : logits.map((x) => concreteFloats(x, CALL));
  const [first] = list;
  if (!first || first.data.length === 0) throw new ValueError(`${CALL} got no scores.`);
  const [positions, vocabulary] = first.shape.slice(-2) as [number, number];
  const cells = list.flatMap((host) => layersOf(host, positions, vocabulary, logits instanceof Tensor, most));
  checkedTokens(tokens, positions, CALL, "positions");
  if (layers && layers.length !== cells.length)
    throw new ValueError(`${CALL} got ${layers.length} numbers for ${cells.length} layers.`);
  const one = logits instanceof Tensor ? logits : logits[0]!;
  const word = (id: number) => tokenizer.tokens([id])[0]!;
  const lens = {
    cells,
    layers: layers ?? cells.map((_, layer) => layer),
    tokens,
    vocabulary,
    word,
    name,
    where: one instanceof Tensor ? originOf(one).where : hereLine(),
  };
  const payload = logitLensPayload(lens, most);
  return shown(
    () =>
      cells
        .map(
          (row, i) => `${lens.layers[i]}\t${row.map(({ ids }) => JSON.stringify(word(ids[0]!))).join(" ")}`,
        )
        .join("\n"),
    () => ({ [LOGIT_LENS_MIME]: payload, "image/svg+xml": logitLensPicture(payload) }),
  );
}

/** The guesses at each position, of one layer or of all in one tensor. */
function layersOf(host: Host, positions: number, vocabulary: number, isStack: boolean, top: number): Top[][] {
  const { shape } = host;
  const count = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  if (
    shape.length < 2 ||
    shape.at(-2) !== positions ||
    shape.at(-1) !== vocabulary ||
    (!isStack && count > 1)
  )
    throw new ValueError(
      `${CALL} takes [layer, position, vocabulary], or for each layer [position, vocabulary], and here is [${shape.join(", ")}].`,
    );
  const scores = numbersOf(host);
  return Array.from({ length: count }, (_, layer) =>
    Array.from({ length: positions }, (_, position) =>
      topOf(scores, (layer * positions + position) * vocabulary, vocabulary, top),
    ),
  );
}
