/** What the hidden states say already: the logit lens, and which part of the model says what. */

import type { Prompt } from "../index.ts";
import { ops, type Tensor } from "../index.ts";
import { type Model, partsOf } from "./parts.ts";

/**
 * The logits that the final norm and head make of every layer's output.
 * @returns `[layer, position, vocabulary]`, of the first row
 * @see nostalgebraist, "interpreting GPT: the logit lens", 2020
 */
export async function logitLens(model: Model, prompt: Prompt): Promise<Tensor> {
  const { layers, norm, head } = partsOf(model);
  const each = await model.trace(prompt, () => layers.map((layer) => head(norm(layer.output[0])).at(0)));
  return ops.stack(each);
}

/** What each part of the model adds to a logit difference. */
export interface Attribution {
  readonly labels: readonly string[];
  /** One number a label; their sum is the difference. */
  readonly values: Tensor;
}

/**
 * Takes the logit difference at the last position apart into what the embedding, each attention and each MLP wrote into the
 * residual stream, with the scale of the final norm held as it was. For models with an RMS norm.
 * @see Elhage et al., "A Mathematical Framework for Transformer Circuits", 2021; TransformerLens, `logit_attrs`
 */
export async function directLogitAttribution(
  model: Model,
  prompt: Prompt,
  answer: number,
  other: number,
): Promise<Attribution> {
  const { embed, layers, norm, head } = partsOf(model);
  const labels = ["embedding", ...layers.flatMap(({ path }) => [`${path}.attention`, `${path}.mlp`])];
  const direction = head.weight.at(answer).sub(head.weight.at(other)).mul(norm.weight);
  const values = await model.trace(prompt, () => {
    const last = (x: Tensor): Tensor => x.at(0, -1);
    const final = last(norm.input);
    const ratio = last(norm.output).div(norm.weight).mul(final).sum().div(final.mul(final).sum());
    let before = last(embed.output);
    const written = [before];
    for (const layer of layers) {
      const mlp = last((layer as unknown as { mlp: { output: Tensor } }).mlp.output);
      const after = last(layer.output[0]);
      written.push(after.sub(before).sub(mlp), mlp);
      before = after;
    }
    return ops.stack(written).matmul(direction).mul(ratio);
  });
  return { labels, values };
}
