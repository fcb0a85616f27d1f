/** Patching: what a run becomes when a part of it is taken from another one. */
import { ops, sweep, type Tensor } from "../index.ts";
import { type Label, type Labelled, labelled } from "./labelled.ts";
import {
  headLabels,
  headsOf,
  type Layer,
  labelsOf,
  type Metric,
  type Model,
  outOf,
  partsOf,
  requireAlike,
  type Text,
  tokensOf,
} from "./parts.ts";

/** A number for each layer and position. */
export type PatchMap = Labelled<{ layer: number[]; position: Label[] }>;

/** A number for each layer and head. */
export type HeadMap = Labelled<{ layer: number[]; head: number[] }>;

/** The layers, the ids that are patched, and each layer's output on the clean prompt. */
async function prepared(model: Model, clean: Text, corrupted: Text) {
  const { layers } = partsOf(model);
  const ids = requireAlike(model, clean, corrupted);
  const hidden: Tensor[] = await model.trace(clean, () => layers.map((layer) => layer.output[0]));
  const labels = { layer: labelsOf(layers), position: [...tokensOf(model, corrupted)] };
  return { layers, ids, hidden, labels };
}

/**
 * The metric of the corrupted run with one layer's output at one position from the clean run, for every layer and position.
 * Both prompts have as many tokens.
 * @returns `[layer, position]`
 * @see Meng et al., "Locating and Editing Factual Associations in GPT", 2022
 */
export async function activationPatching(
  model: Model,
  clean: Text,
  corrupted: Text,
  metric: Metric,
): Promise<PatchMap> {
  const { layers, ids, hidden, labels } = await prepared(model, clean, corrupted);
  const made = await sweep({ layer: layers.length, position: ids.length }, ({ layer, position }) =>
    model.trace(corrupted, () => {
      layers[layer]!.output[0].set([":", position], hidden[layer]!.at(":", position));
      return metric(model.output.logits);
    }),
  );
  return labelled(made.tensor(), labels, "activation patching");
}

/**
 * The same to first order: how far the clean output is from the corrupted one, along the metric's gradient. Two runs and one
 * backward pass for all layers and positions.
 * @returns `[layer, position]`
 * @see Nanda, "Attribution Patching", 2023; Syed et al., 2023
 */
export async function attributionPatching(
  model: Model,
  clean: Text,
  corrupted: Text,
  metric: Metric,
): Promise<PatchMap> {
  const { layers, hidden, labels } = await prepared(model, clean, corrupted);
  const made = await model.trace(corrupted, () => {
    metric(model.output.logits).backward();
    const here: Tensor[] = layers.map((layer) => layer.output[0]);
    const slopes = ops.stack(here.map((one) => one.grad));
    return ops.stack(hidden).sub(ops.stack(here)).mul(slopes).sum(-1).at(":", 0);
  });
  return labelled(made, labels, "attribution patching");
}

/** What each layer's heads give, side by side, on a prompt: what the attention's last matrix takes. */
export const headOutputs = (model: Model, prompt: Text): Promise<Tensor[]> =>
  model.trace(prompt, () => partsOf(model).layers.map((layer) => outOf(model, layer).input));

/** Writes what one head gives into an open trace: its features among those of all heads of the layer. */
export function writeHead(model: Model, layer: Layer, head: number, all: Tensor): void {
  const size = all.shape.at(-1)! / headsOf(model);
  const own = [":", ":", `${head * size}:${(head + 1) * size}`] as const;
  outOf(model, layer).input.set(own, all.at(...own));
}

/**
 * The metric of the corrupted run with what one head gives, at all positions, from the clean run, for every layer and head.
 * @returns `[layer, head]`
 * @see Wang et al., "Interpretability in the Wild", 2022; TransformerLens, `get_act_patch_attn_head_out_all_pos`
 */
export async function headPatching(
  model: Model,
  clean: Text,
  corrupted: Text,
  metric: Metric,
): Promise<HeadMap> {
  const { layers } = partsOf(model);
  requireAlike(model, clean, corrupted);
  const heads = headsOf(model);
  const from = await headOutputs(model, clean);
  const made = await sweep({ layer: layers.length, head: heads }, ({ layer, head }) =>
    model.trace(corrupted, () => {
      writeHead(model, layers[layer]!, head, from[layer]!);
      return metric(model.output.logits);
    }),
  );
  return labelled(made.tensor(), headLabels(layers, heads), "head patching");
}
