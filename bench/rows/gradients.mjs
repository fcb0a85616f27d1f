/** Backward: the gradients of every layer's output, beside PyTorch; attribution patching of 30 × 14 cells. */
import { attributionPatching, logitDifference } from "nnsight-ts/kit";
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "gradients of every layer's output, 14 tokens";
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
