/** Attention patterns, and what heads look at. */
import type { Prompt } from "../index.ts";
import { type LanguageModel, ops, type Tensor } from "../index.ts";

/**
 * Where each head of a layer looks.
 * @returns `[head, query, key]`, each row of queries sums to 1
 */
export const attentionPattern = (model: LanguageModel, prompt: Prompt, layer: number): Promise<Tensor> =>
  model.trace(prompt, () => model.layers[layer]!.attn.pattern.at(0));

/** What a head may be doing, each the share of attention in [0, 1]. */
export interface HeadScores {
  /** At the token before: `[head]`. */
  readonly previousToken: Tensor;
  /** At earlier places of the same token. */
  readonly duplicateToken: Tensor;
  /** At what followed earlier places of the same token. */
  readonly induction: Tensor;
}

/**
 * How much the heads of a layer do of three known things, averaged over the queries for which there is such a place.
 * @see Olsson et al., "In-context Learning and Induction Heads", 2022; TransformerLens, `head_detector`
 */
export async function headScores(
  model: LanguageModel,
  ids: readonly number[],
  layer: number,
): Promise<HeadScores> {
  const pattern = await attentionPattern(model, ids, layer);
  const table = (holds: (query: number, key: number) => boolean): number[][] =>
    ids.map((_, query) => ids.map((_, key) => Number(key <= query && holds(query, key))));
  const share = (places: readonly (readonly number[])[]): Tensor => {
    const rows = places.filter((row) => row.includes(1)).length;
    const mask = ops.stack(places.map((row) => ops.stack(row.map((one) => ops.full([], one)))));
    return pattern.mul(mask).sum([1, 2]).div(Math.max(rows, 1));
  };
  return {
    previousToken: share(table((query, key) => key === query - 1)),
    duplicateToken: share(table((query, key) => key < query && ids[key] === ids[query])),
    induction: share(table((query, key) => key > 0 && key - 1 < query && ids[key - 1] === ids[query])),
  };
}
