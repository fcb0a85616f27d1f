/** Backward: the gradients of every layer's output, beside PyTorch; attribution patching of 30 × 14 cells. */
import { CONFIG } from "nnsight-ts";
import { attributionPatching, logitDifference } from "nnsight-ts/kit";
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "gradients of every layer's output, 14 tokens";
export const note =
  "Of 190 ms (median of three) in the first passes, the forward takes 37, the head there and back 15, and each of 29 blocks back 4.1 (120 in all). Programs of one structure share a plan and its pieces, gradients too, so that of 15 ms for recording, planning and handing out planning is gone from the second pass on. A block back is 2.3 to 3.2 ms of matrix products on weights that are not packed, forward once more and back; the rest are some 150 small operators of about 10 µs. From its 64th run on a block back is packed and takes 2.5 ms, for 28 MB more of memory each, 820 in all. Attribution patching is two forwards, of which one is gone back through with each block computed once more: more than four forwards' time as long as blocks are computed twice. Runs of this row gave 1.84, 2.01, 1.42 and 1.96 times PyTorch from the 64th pass on, and 4.49, 4.32, 4.53 and 3.95 forwards for attribution patching, in the order of the days; this file has the third, of all rows together.";
export const rounds = 7;
const ANSWERS = [5, 6];

/** Pieces that run often are packed from their 64th run on. */
const OFTEN = 64;

export const candidates = async ({ lm, ids, renamed, peer }) => {
  const loss = logitDifference(...ANSWERS);
  const slopes = afresh(() =>
    lm.trace(ids, () => {
      loss(lm.output.logits).backward();
      return lm.model.layers.map((layer) => layer.output[0].grad);
    }),
  );
  const patching = afresh(() => attributionPatching(lm, ids, renamed, loss));
  for (let i = 0; i < OFTEN; i++) {
    await slopes();
    await patching();
  }
  return {
    "a forward": afresh(() => lm.trace(ids, () => lm.output.logits)),
    "forward and backward": slopes,
    "attribution patching, 30 × 14 cells": patching,
    "forward and backward, the first passes": unpacked(slopes),
    "attribution patching, the first passes": unpacked(patching),
    ...(peer && { PyTorch: () => peer.ask("gradients", { ids: [ids], answers: ANSWERS }) }),
  };
};

/** As it is before a piece has run often. */
const unpacked = (work) => async () => {
  CONFIG.APP.PACKING = false;
  try {
    return await work();
  } finally {
    CONFIG.APP.PACKING = undefined;
  }
};

export const figures = (m) => [
  ratio("faster than PyTorch, from the 64th pass on", m.PyTorch / m["forward and backward"], atLeast(1.8)),
  ratio("faster than PyTorch, the first passes", m.PyTorch / m["forward and backward, the first passes"]),
  ratio(
    "attribution patching, in forwards, from the 64th pass on",
    m["attribution patching, 30 × 14 cells"] / m["a forward"],
    atMost(4),
  ),
  ratio(
    "attribution patching, in forwards, the first passes",
    m["attribution patching, the first passes"] / m["a forward"],
  ),
];
