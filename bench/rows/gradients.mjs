/** Backward: the gradients of every layer's output, beside PyTorch; attribution patching of 30 × 14 cells. */
import { CONFIG } from "nnsight-ts";
import { attributionPatching, logitDifference } from "nnsight-ts/kit";
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "gradients of every layer's output, 14 tokens";
export const note =
  "Of 190 ms (median of three), the forward takes 37, the head there and back 15, and each of 29 blocks back 4.1 (120 in all); recording, planning and handing out take 15. A block back is 2.3 to 3.2 ms of matrix products on weights that are not packed, forward once more and back; the rest are some 150 small operators of about 10 µs. `CONFIG.APP.PACKING = true` packs them: 2.5 ms a block, for 28 MB more of memory each, 820 in all. It is not the default, as the weights of a model are to be in memory once.";
export const rounds = 7;
const ANSWERS = [5, 6];

export const candidates = ({ lm, ids, renamed, peer }) => {
  const loss = logitDifference(...ANSWERS);
  const slopes = afresh(() =>
    lm.trace(ids, () => {
      loss(lm.output.logits).backward();
      return lm.model.layers.map((layer) => layer.output[0].grad);
    }),
  );
  const patching = afresh(() => attributionPatching(lm, ids, renamed, loss));
  return {
    "a forward": afresh(() => lm.trace(ids, () => lm.output.logits)),
    "forward and backward": slopes,
    "attribution patching, 30 × 14 cells": patching,
    "forward and backward, packed": packed(slopes),
    "attribution patching, packed": packed(patching),
    ...(peer && { PyTorch: () => peer.ask("gradients", { ids: [ids], answers: ANSWERS }) }),
  };
};

/** With `CONFIG.APP.PACKING`. */
const packed = (work) => async () => {
  CONFIG.APP.PACKING = true;
  try {
    return await work();
  } finally {
    CONFIG.APP.PACKING = false;
  }
};

export const figures = (m) => [
  ratio("faster than PyTorch", m.PyTorch / m["forward and backward"], atLeast(1.8)),
  ratio("faster than PyTorch, packed", m.PyTorch / m["forward and backward, packed"], atLeast(1.8)),
  ratio(
    "attribution patching, in forwards",
    m["attribution patching, 30 × 14 cells"] / m["a forward"],
    atMost(4),
  ),
  ratio(
    "attribution patching, in forwards, packed",
    m["attribution patching, packed"] / m["a forward"],
    atMost(4),
  ),
];
