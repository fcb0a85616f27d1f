/** Backward: the gradients of every layer's output, beside PyTorch; attribution patching of 30 × 14 cells. */
import { attributionPatching, logitDifference } from "nnsight-ts/kit";
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "gradients of every layer's output, 14 tokens";
export const note =
  "Of 190 ms (median of three), the forward takes 37, the head there and back 15, and each of 29 blocks back 4.1 (120 in all); recording, planning and handing out take 15. A block back is 2.3 to 3.2 ms of matrix products on weights that are not packed, forward once more and back; the rest are some 150 small operators of about 10 µs. With packed weights the same takes 138 ms (2.5 a block), which would be 1.9x PyTorch and 3.3 forwards, but holds 28 MB more for each block, 820 in all: the design wants a model's weights in memory once.";
export const rounds = 7;
const ANSWERS = [5, 6];

export const candidates = ({ lm, ids, renamed, peer }) => ({
  "a forward": afresh(() => lm.trace(ids, () => lm.output.logits)),
  "forward and backward": afresh(() =>
    lm.trace(ids, () => {
      logitDifference(...ANSWERS)(lm.output.logits).backward();
      return lm.model.layers.map((layer) => layer.output[0].grad);
    }),
  ),
  "attribution patching, 30 × 14 cells": afresh(() =>
    attributionPatching(lm, ids, renamed, logitDifference(...ANSWERS)),
  ),
  ...(peer && { PyTorch: () => peer.ask("gradients", { ids: [ids], answers: ANSWERS }) }),
});

export const figures = (m) => [
  ratio("faster than PyTorch", m.PyTorch / m["forward and backward"], atLeast(1.8)),
  ratio(
    "attribution patching, in forwards",
    m["attribution patching, 30 × 14 cells"] / m["a forward"],
    atMost(4),
  ),
];
