/** Steering and ablation: changes of a model as edits, which generation and every trace take over. */
import { type LanguageModel, ops, type Tensor, ValueError } from "../index.ts";
import { type Labelled, labelled } from "./labelled.ts";
import { labelsOf, layerOf, type Metric, type Model, partsOf, requireAlike, type Text } from "./parts.ts";

/**
 * The mean difference between what a layer gives at the last token of texts of one kind and of another.
 * @returns `[feature]`
 * @see Rimsky et al., "Steering Llama 2 via Contrastive Activation Addition", 2023
 */
export async function steeringVector(
  model: Model,
  layer: number,
  positive: readonly Text[],
  negative: readonly Text[],
): Promise<Labelled<{ feature: number[] }>> {
  if (!positive.length || !negative.length)
    throw new ValueError(
      "a steering vector leads from texts of one kind to those of another: give at least one of each.",
    );
  const from = layerOf(model, layer);
  const mean = async (texts: readonly Text[]): Promise<Tensor> => {
    const each: Tensor[] = [];
    for (const text of texts) each.push(await model.trace(text, () => from.output[0].at(0, -1)));
    return ops.stack(each).mean(0);
  };
  const vector = (await mean(positive)).sub(await mean(negative));
  return labelled(vector, { feature: labelsOf([...vector.data]) }, `steering vector of layer ${layer}`);
}

/** A copy of the model that adds a vector to a layer's output at every position. Factor 0 is the model itself, bit for bit. */
export async function steer(
  model: LanguageModel,
  layer: number,
  vector: Tensor,
  factor = 1,
): Promise<LanguageModel> {
  const at = layerOf(model, layer);
  return model.edit(() => void at.output[0].add_(vector.mul(factor)));
}

/** What stands in the place of a module's output: zeros, its mean over positions, a value, or what it gives on another prompt. */
export type Ablation = "zero" | "mean" | Tensor | { readonly resample: Text };

/**
 * What the metric becomes when the output of a module is set to zero, to its mean over positions, to another value, or to
 * what the module gives on another prompt of as many tokens (resample ablation).
 * @param path such as `model.layers.3.mlp`
 * @throws ValueError for another prompt with another number of tokens, or an ablation of another kind
 * @see Chan et al., "Causal Scrubbing", 2022
 */
export async function ablate(
  model: Model,
  prompt: Text,
  path: string,
  metric: Metric,
  by: Ablation = "zero",
): Promise<Tensor> {
  const put = await replacement(model, prompt, path, by);
  return model.trace(prompt, () => {
    const output = outputAt(model, path);
    output.update(put(output));
    return metric(model.output.logits);
  });
}

/**
 * The metric without each attention and without each MLP.
 * @returns `[layer, part]`
 */
export async function ablations(
  model: Model,
  prompt: Text,
  metric: Metric,
  by: Exclude<Ablation, Tensor> = "zero",
): Promise<Labelled<{ layer: number[]; part: string[] }>> {
  const { layers } = partsOf(model);
  const rows: Tensor[] = [];
  for (const { attn, mlp } of layers)
    rows.push(
      ops.stack([
        await ablate(model, prompt, attn.path, metric, by),
        await ablate(model, prompt, mlp.path, metric, by),
      ]),
    );
  const what = typeof by === "string" ? by : "resample";
  return labelled(
    ops.stack(rows),
    { layer: labelsOf(layers), part: ["attention", "mlp"] },
    `${what} ablation`,
  );
}

/** A module's output, the first of several. */
function outputAt(model: Model, path: string): Tensor {
  const { output } = model.get(path) as unknown as { output: Tensor | [Tensor] };
  return Array.isArray(output) ? output[0] : (output as Tensor);
}

async function replacement(
  model: Model,
  prompt: Text,
  path: string,
  by: Ablation,
): Promise<(output: Tensor) => Tensor> {
  if (by === "zero") return (output) => output.mul(0);
  if (by === "mean") return (output) => output.mean(1, { keepdim: true }).expand(output.shape);
  if (typeof by !== "object")
    throw new ValueError(`'${by}' is no ablation: write "zero", "mean", a tensor or { resample: prompt }.`);
  if (!("resample" in by)) return () => by;
  requireAlike(model, prompt, by.resample);
  const other: Tensor = await model.trace(by.resample, () => outputAt(model, path));
  return () => other;
}
