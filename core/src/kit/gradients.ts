/** Attributions along a path: integrated gradients. */
import { type Tensor, ValueError } from "../index.ts";
import { type Label, type Labelled, labelled } from "./labelled.ts";
import { type Metric, type Model, partsOf, type Text, tokensOf } from "./parts.ts";

/**
 * How much each token adds to the metric: the gradient with respect to the embedding, along the straight way from zeros.
 * Their sum is the metric less that of a prompt of zeros, up to the steps.
 * @returns `[position]`
 * @see Sundararajan et al., "Axiomatic Attribution for Deep Networks", 2017
 */
export async function integratedGradients(
  model: Model,
  prompt: Text,
  metric: Metric,
  steps = 16,
): Promise<Labelled<{ position: Label[] }>> {
  const { embed } = partsOf(model);
  if (!Number.isInteger(steps) || steps < 1)
    throw new ValueError(`steps is ${steps}; it must be a whole number, 1 or more.`);
  let total: Tensor | undefined;
  for (let i = 0; i < steps; i++) {
    const share = (i + 0.5) / steps;
    const made = await model.trace(prompt, () => {
      const whole = embed.output;
      embed.output = whole.mul(share);
      const gradient = embed.output.grad;
      metric(model.output.logits).backward();
      return whole.mul(gradient).sum(-1).at(0);
    });
    total = total ? total.add(made) : made;
  }
  const tokens = [...tokensOf(model, prompt)];
  return labelled(total!.div(steps), { position: tokens }, "integrated gradients");
}
