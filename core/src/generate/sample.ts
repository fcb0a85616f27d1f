/** Chooses the next token of a row from its logits. */
import type { Generator } from "../tensor/random.ts";
import type { Choice } from "./options.ts";

/** The most likely one; the first of equals, as torch's argmax. */
export function mostLikely(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

/** Draws one: first the `topK` most likely are kept, then the fewest of them that reach `topP` of the probability. */
export function draw(
  logits: Float32Array,
  { temperature, topK, topP }: Choice,
  generator: Generator,
): number {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!);
  const kept = order.slice(0, Math.min(topK, order.length));
  const top = logits[kept[0]!]!;
  const weights = kept.map((id) => Math.exp((logits[id]! - top) / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  let count = 0;
  for (let sum = 0; count < kept.length && sum < topP * total; count++) sum += weights[count]!;
  const mass = weights.slice(0, count).reduce((a, b) => a + b, 0);
  let rest = generator.uniform(1)[0]! * mass;
  for (let i = 0; i < count; i++) {
    rest -= weights[i]!;
    if (rest < 0) return kept[i]!;
  }
  return kept[count - 1]!;
}
