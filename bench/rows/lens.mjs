/** The logit lens over all blocks at the last position. */
import { atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "logit lens over 30 blocks, last position";
export const rounds = 15;
export const note =
  "Of 90 ms in a lens (first quartile of 22 turns, under Node's profiler), six calls of ONNX Runtime took 72: the blocks 46 and most of the rest the head on 30 rows, where a forward has 14. What is left is ours, for 93 pieces.";

export const candidates = ({ lm, prompt, ids, peer }) => ({
  "a forward": afresh(() => lm.trace(prompt, () => lm.output.logits)),
  "the lens": afresh(() =>
    lm.trace(prompt, () =>
      lm.model.layers.map((layer) => lm.lm_head(lm.model.norm(layer.output[0].at(":", "-1:")))),
    ),
  ),
  ...(peer && { "PyTorch with hooks": () => peer.ask("lens", { ids: [ids] }) }),
});

export const figures = (m) => [
  ratio("over a forward", m["the lens"] / m["a forward"], atMost(1.15)),
  ratio("faster than PyTorch with hooks", m["PyTorch with hooks"] / m["the lens"], {}),
];
