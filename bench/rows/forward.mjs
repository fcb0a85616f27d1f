/** A forward of 14 tokens beside PyTorch and one whole session. */
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "forward, 14 tokens";
export const rounds = 25;
export const note =
  "Of 46.7 ms beside 42.6 for one whole session (medians of 60 turns), five calls of ONNX Runtime took 45.4 and all else 1.3. The blocks, each in an If with its keys and values given out, take 34.8 where the same blocks as one flat graph take 33.7 (0.3 of that are keys and values); the head by itself takes 8 to 9, of which part is 2.7 MB of fresh memory for its logits; rotary angles, embedding and last norm 0.5 in calls of their own: they are all that counts in int64, token ids and positions, so that there is nothing to gain from other integers.";

export async function candidates({ lm, ids, peer, whole }) {
  const made = await whole();
  return {
    "all logits": afresh(() => lm.trace(ids, () => lm.output.logits)),
    "last logits": afresh(() => lm.trace(ids, () => lm.output.logits.at(0, -1))),
    "one whole session": made(ids),
    ...(peer && { PyTorch: () => peer.ask("forward", { ids: [ids] }) }),
  };
}

export const figures = (m) => [
  ratio("faster than PyTorch", m.PyTorch / m["all logits"], atLeast(1.9)),
  ratio("over one whole session", m["all logits"] / m["one whole session"], atMost(1.05)),
];
