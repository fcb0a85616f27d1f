/** A forward of 14 tokens beside PyTorch and one whole session. */
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "forward, 14 tokens";
export const rounds = 25;
export const note =
  "Of 61.7 ms beside 57.5 for one whole session (medians of 22 turns), five calls of ONNX Runtime took 58.9 and recording, planning and handing out 2.8. The five calls are rotary angles, embedding, all blocks, last norm and head; with the first two and the last two in the blocks' session, about 1 ms would go.";

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
