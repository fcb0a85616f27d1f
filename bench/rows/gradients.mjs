/** Backward: the gradients of every layer's output, beside PyTorch; attribution patching of 30 × 14 cells. */
import { CONFIG } from "nnsight-ts";
import { attributionPatching, logitDifference } from "nnsight-ts/kit";
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "gradients of every layer's output, 14 tokens";
export const note =
  "Of 190 ms (median of three) in the first passes, the forward takes 37 and each of 29 blocks back 4.1 (120 in all). Of the head only the two logits that the loss reads are computed: 0.5 ms there and back instead of 13.5 (docs/decisions, 12). Programs of one structure share a plan and its pieces, gradients too, so that of 15 ms for recording, planning and handing out planning is gone from the second pass on. From its 64th run on a block back is packed and takes 2.5 ms on a calm machine and 3.7 on a busy one, for 28 MB more of memory each, 820 in all: by ONNX Runtime's profile 18 matrix products, forward once more and back, are 55 % of it, and 100 small operators the rest. Attribution patching is two forwards of the blocks, 29 blocks back and 12 to 18 ms of JavaScript, a third of that V8's collector. Before only the logits that are read were computed, runs of this row gave 4.49, 4.32, 4.53 and 3.95 forwards for it; after that 12 turns each of a forward and of it gave 3.62, 3.82, 3.89, 4.01, 4.05, 4.26, 4.29, 4.41, 4.41 and 4.85 in ten runs on a machine with a load of 3 to 6, and three runs of this row 4.50, 3.62 and 4.35 (2.13, 1.67 and 1.46 times PyTorch there and back): it stands at the target, not below it. What would bring it below: both prompts as rows of one forward (74 ms where two take 88), or to keep what the way back computes once more.";
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
