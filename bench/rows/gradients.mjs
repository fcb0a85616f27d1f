/** Backward: the gradients of every layer's output, beside PyTorch; attribution patching of 30 × 14 cells. */
import { CONFIG } from "nnsight-ts";
import { attributionPatching, logitDifference } from "nnsight-ts/kit";
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "gradients of every layer's output, 14 tokens";
export const note =
  "Going back takes over what the products of the way there have made (docs/decisions, 11), so that a block back reads each weight once: 29 of them took 59 ms where they took 94 when they computed the products again, packed, beside a forward of 54, and 121 instead of 181 before they are packed. Of the head only the two logits that the loss reads are computed: 0.5 ms there and back instead of 13.5 (docs/decisions, 12). Programs of one structure share a plan and its pieces, gradients too. From its 64th run on a block back is packed, for 14 MB of memory each, 410 in all. By ONNX Runtime's profile 11 matrix products were half of a block back, and 68 small operators the rest, each of which wakes both threads; norms, attention and reshapes go back by fewer of them since. Attribution patching is two forwards of the blocks, 29 blocks back, one call for all its cells and about 10 ms of JavaScript. Before products were kept, runs of this row gave 1.42 to 2.13 times PyTorch and 3.62 to 4.50 forwards; since then five runs gave 2.64, 3.18, 2.64, 2.69 and 2.27 times and 3.20, 3.70, 3.55, 4.18 and 3.89 forwards, the second on a machine with a load of 4; this file has the fourth. Both prompts as rows of one forward bring nothing: the way back is of two rows, too (361 ms of CPU time instead of 268).";
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
