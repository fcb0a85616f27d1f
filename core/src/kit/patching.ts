/** Patching: what a run becomes when a part of it is taken from another one. */
import { ops, sweep, type Tensor, ValueError } from "../index.ts";
import { idsOf, type Metric, type Model, partsOf, type Text } from "./parts.ts";

/** A number for each layer and position. */
export interface PatchMap {
  /** `[layer, position]`. */
  readonly values: Tensor;
  readonly layers: readonly string[];
  readonly tokens: readonly string[];
}

/** The layers, the ids that are patched, and each layer's output on the clean prompt. */
async function prepared(model: Model, clean: Text, corrupted: Text) {
  const { layers } = partsOf(model);
  const ids = requireAlike(model, clean, corrupted);
  const hidden: Tensor[] = await model.trace(clean, () => layers.map((layer) => layer.output[0]));
  return { layers, ids, hidden };
}

/**
 * The metric of the corrupted run with one layer's output at one position from the clean run, for every layer and position.
 * Both prompts have as many tokens.
 * @see Meng et al., "Locating and Editing Factual Associations in GPT", 2022
 */
export async function activationPatching(
  model: Model,
  clean: Text,
  corrupted: Text,
  metric: Metric,
): Promise<PatchMap> {
  const { layers, ids, hidden } = await prepared(model, clean, corrupted);
  const made = await sweep({ layer: layers.length, position: ids.length }, ({ layer, position }) =>
    model.trace(corrupted, () => {
      layers[layer]!.output[0].set([":", position], hidden[layer]!.at(":", position));
      return metric(model.output.logits);
    }),
  );
  return labelled(model, layers, ids, made.tensor());
}

/**
 * The same to first order: how far the clean output is from the corrupted one, along the metric's gradient. Two runs and one
 * backward pass for all layers and positions.
 * @see Nanda, "Attribution Patching", 2023; Syed et al., 2023
 */
export async function attributionPatching(
  model: Model,
  clean: Text,
  corrupted: Text,
  metric: Metric,
): Promise<PatchMap> {
  const { layers, ids, hidden } = await prepared(model, clean, corrupted);
  const rows = await model.trace(corrupted, () => {
    metric(model.output.logits).backward();
    return layers.map((layer, i) => {
      const here = layer.output[0];
      return hidden[i]!.sub(here).mul(here.grad).sum(-1).at(0);
    });
  });
  return labelled(model, layers, ids, ops.stack(rows));
}

function requireAlike(model: Model, clean: Text, corrupted: Text): readonly number[] {
  const [a, b] = [idsOf(model, clean), idsOf(model, corrupted)];
  if (a.length === b.length) return b;
  throw new ValueError(
    `the clean prompt has ${a.length} tokens and the corrupted one ${b.length}: choose words of as many tokens.`,
  );
}

const labelled = (
  model: Model,
  layers: readonly { readonly path: string }[],
  ids: readonly number[],
  values: Tensor,
): PatchMap => ({
  values,
  layers: layers.map(({ path }) => path),
  tokens: model.tokenizer ? model.tokenizer.tokens(ids) : ids.map(String),
});
