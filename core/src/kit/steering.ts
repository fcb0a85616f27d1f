/** Steering, ablation and splices: changes of a model as edits, which generation and every trace take over. */
import { type LanguageModel, ops, type Tensor } from "../index.ts";
import { type Metric, type Model, partsOf, type Text } from "./parts.ts";

/**
 * The mean difference between what a layer gives at the last token of texts of one kind and of another.
 * @returns `[hidden]`
 * @see Rimsky et al., "Steering Llama 2 via Contrastive Activation Addition", 2023
 */
export async function steeringVector(
  model: Model,
  layer: number,
  positive: readonly Text[],
  negative: readonly Text[],
): Promise<Tensor> {
  const mean = async (texts: readonly Text[]): Promise<Tensor> => {
    const each: Tensor[] = [];
    for (const text of texts)
      each.push(await model.trace(text, () => partsOf(model).layers[layer]!.output[0].at(0, -1)));
    return ops.stack(each).mean(0);
  };
  return (await mean(positive)).sub(await mean(negative));
}

/** A copy of the model that adds a vector to a layer's output at every position. Factor 0 is the model itself, bit for bit. */
export const steer = (
  model: LanguageModel,
  layer: number,
  vector: Tensor,
  factor = 1,
): Promise<LanguageModel> =>
  model.edit(() => void partsOf(model).layers[layer]!.output[0].add_(vector.mul(factor)));

/**
 * What the metric becomes when the output of a module is set to zero, to its mean over positions, or to another value.
 * @param path such as `model.layers.3.mlp`
 */
export async function ablate(
  model: Model,
  prompt: Text,
  path: string,
  metric: Metric,
  by: "zero" | "mean" | Tensor = "zero",
): Promise<Tensor> {
  return model.trace(prompt, () => {
    const module = model.get(path) as unknown as { output: Tensor | [Tensor] };
    const output = Array.isArray(module.output) ? module.output[0] : (module.output as Tensor);
    if (by === "zero") output.fill(0);
    else if (by === "mean") output.update(output.mean(1, { keepdim: true }).expand(output.shape));
    else output.update(by);
    return metric(model.output.logits);
  });
}

/** A sparse autoencoder: relu((x − b_dec) · W_enc + b_enc) · W_dec + b_dec. */
export interface SAE {
  /** `[hidden, features]`. */
  readonly W_enc: Tensor;
  readonly b_enc: Tensor;
  /** `[features, hidden]`. */
  readonly W_dec: Tensor;
  readonly b_dec: Tensor;
}

export const encode = ({ W_enc, b_enc, b_dec }: SAE, x: Tensor): Tensor =>
  x.sub(b_dec).matmul(W_enc).add(b_enc).relu();

export const decode = ({ W_dec, b_dec }: SAE, features: Tensor): Tensor => features.matmul(W_dec).add(b_dec);

/**
 * Puts an autoencoder into a value of a trace: what it does not explain is added back, so that only changes of features are felt.
 * @param change of the features `[…, features]`
 * @see Marks et al., "Sparse Feature Circuits", 2024
 */
export function splice(x: Tensor, sae: SAE, change: (features: Tensor) => Tensor): Tensor {
  const features = encode(sae, x);
  return x.add(decode(sae, change(features)).sub(decode(sae, features)));
}
