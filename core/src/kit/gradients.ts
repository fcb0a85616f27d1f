/** Attributions along a path: integrated gradients. */
import { type Tensor, ValueError } from "../index.ts";
import { type Label, type Labelled, labelled } from "./labelled.ts";
import { type Metric, type Model, partsOf, type Text, tokensOf } from "./parts.ts";

/** How far the sum of the attributions is from what the metric gains along the way: the sum less the gain. */
export interface WithDelta {
  readonly delta: number;
}

/** The part of the gain that `delta` may be without a warning. */
const tolerance = 0.05;

/**
 * How much each token adds to the metric: the gradient with respect to the embedding, along the straight way from zeros.
 * Their sum is the metric less that of a prompt of zeros, but for `delta`; one above a twentieth of that is warned of.
 * Models whose norms take no mean are steep near zeros: there more steps may bring the sum no nearer.
 * @returns `[position]`
 * @throws ValueError for steps that are no whole number of 1 or more
 * @see Sundararajan et al., "Axiomatic Attribution for Deep Networks", 2017
 */
export async function integratedGradients(
  model: Model,
  prompt: Text,
  metric: Metric,
  steps = 16,
): Promise<Labelled<{ position: Label[] }> & WithDelta> {
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
  const metricAt = async (share: number): Promise<number> => {
    const made = await model.trace(prompt, () => {
      embed.output.mul_(share);
      return metric(model.output.logits);
    });
    return Number(made.item());
  };
  const attributions = total!.div(steps);
  const sum = Number(attributions.sum().item());
  const gain = (await metricAt(1)) - (await metricAt(0));
  if (Math.abs(sum - gain) > tolerance * Math.abs(gain))
    console.warn(
      `integratedGradients: the attributions sum to ${sum.toPrecision(3)}, and the metric gains ${gain.toPrecision(3)} along the way. ` +
        `${steps} steps are too few, or the model is too steep near zeros for this method.`,
    );
  const tokens = [...tokensOf(model, prompt)];
  return Object.assign(labelled(attributions, { position: tokens }, "integrated gradients"), {
    delta: sum - gain,
  });
}
