/** Path patching: how much of a head's effect goes straight to one place, past all other heads. */
import { sweep, type Tensor } from "../index.ts";
import { labelled } from "./labelled.ts";
import {
  headLabels,
  headsOf,
  type Metric,
  type Model,
  outOf,
  partsOf,
  requireAlike,
  type Text,
} from "./parts.ts";
import { type HeadMap, headOutputs, writeHead } from "./patching.ts";

/** Where paths end: the input of a module such as `model.layers.9.self_attn.q_proj`. */
export type Receivers = readonly string[];

/**
 * The metric of the corrupted run when a head's clean output reaches the receivers, or the logits when none are given,
 * through the residual stream and the MLPs alone: all other heads give what they gave in the corrupted run.
 * @returns `[layer, head]`; heads after the receivers have no effect on them
 * @see Wang et al., "Interpretability in the Wild", 2022, section 3.1; Goldowsky-Dill et al., "Localizing Model Behavior with Path Patching", 2023
 */
export async function pathPatching(
  model: Model,
  clean: Text,
  corrupted: Text,
  metric: Metric,
  receivers: Receivers = [],
): Promise<HeadMap> {
  requireAlike(model, clean, corrupted);
  const { layers } = partsOf(model);
  const heads = headsOf(model);
  const [from, frozen] = [await headOutputs(model, clean), await headOutputs(model, corrupted)];
  const ends = receivers.map((path) => model.get(path) as unknown as { input: Tensor });
  /** Writes what every head gives into an open trace: the sender's from the clean run. */
  const freeze = (layer: number, head: number): void => {
    for (const [i, one] of layers.entries()) {
      if (i < layer) continue;
      outOf(model, one).input = frozen[i]!;
      if (i === layer) writeHead(model, one, head, from[i]!);
    }
  };
  const made = await sweep({ layer: layers.length, head: heads }, async ({ layer, head }) => {
    if (ends.length === 0)
      return model.trace(corrupted, () => {
        freeze(layer, head);
        return metric(model.output.logits);
      });
    const received: Tensor[] = await model.trace(corrupted, () => {
      freeze(layer, head);
      return ends.map((end) => end.input);
    });
    return model.trace(corrupted, () => {
      for (const [i, end] of ends.entries()) end.input = received[i]!;
      return metric(model.output.logits);
    });
  });
  return labelled(
    made.tensor(),
    headLabels(layers, heads),
    `path patching to ${receivers.join(", ") || "the logits"}`,
  );
}
