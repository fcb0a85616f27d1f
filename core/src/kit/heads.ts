/** Attention patterns, and what heads look at. */
import { type LanguageModel, ops, show, type Tensor, tensor } from "../index.ts";
import { type Label, type Labelled, labelled } from "./labelled.ts";
import { headLabels, idsOf, labelsOf, partsOf, rangeOf, type Text, tokensOf } from "./parts.ts";

/**
 * Where each head of a layer looks.
 * @returns `[head, query, key]`, each row of queries sums to 1
 */
export async function attentionPattern(
  model: LanguageModel,
  prompt: Text,
  layer: number,
): Promise<Labelled<{ head: number[]; query: Label[]; key: Label[] }>> {
  const pattern: Tensor = await model.trace(prompt, () => model.layers[layer]!.attn.pattern.at(0));
  const tokens = [...tokensOf(model, prompt)];
  const head = rangeOf(pattern.shape[0]!);
  return labelled(pattern, { head, query: tokens, key: tokens }, `attention of layer ${layer}`, () =>
    show.attention(pattern, { tokens: tokens.map(String) }),
  );
}

/** What a head may be doing, each the share of attention in [0, 1]. */
const doings = {
  /** At the token before. */
  "previous token": (_: readonly number[], query: number, key: number) => key === query - 1,
  /** At earlier places of the same token. */
  "duplicate token": (ids: readonly number[], query: number, key: number) =>
    key < query && ids[key] === ids[query],
  /** At what followed earlier places of the same token. */
  induction: (ids: readonly number[], query: number, key: number) =>
    key > 0 && key - 1 < query && ids[key - 1] === ids[query],
} as const;

export type HeadScores = Labelled<{ kind: (keyof typeof doings)[]; layer: number[]; head: number[] }>;

/**
 * How much the heads of each layer look at the token before, at earlier places of the same token, and at what followed
 * those, averaged over the queries for which there is such a place.
 * @returns `[kind, layer, head]`
 * @see Olsson et al., "In-context Learning and Induction Heads", 2022; TransformerLens, `head_detector`
 */
export async function headScores(model: LanguageModel, prompt: Text): Promise<HeadScores> {
  const ids = idsOf(model, prompt);
  const kinds = Object.keys(doings) as (keyof typeof doings)[];
  const masks = kinds.map((kind) =>
    ids.map((_, query) => ids.map((_, key) => Number(key <= query && doings[kind](ids, query, key)))),
  );
  const layers = labelsOf(partsOf(model).layers);
  const each: Tensor[] = [];
  for (const layer of layers) {
    const pattern = await attentionPattern(model, ids, layer);
    each.push(ops.stack(masks.map((mask) => shareOf(pattern, mask))));
  }
  const places = headLabels(layers, each[0]?.shape[1] ?? 0);
  return labelled(ops.stack(each, 1), { kind: kinds, ...places }, "what heads look at");
}

function shareOf(pattern: Tensor, mask: readonly (readonly number[])[]): Tensor {
  const queries = mask.filter((row) => row.includes(1)).length;
  return pattern.mul(tensor(mask)).sum([1, 2]).div(Math.max(queries, 1));
}
