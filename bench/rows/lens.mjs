/** The logit lens over all blocks at the last position. */
import { atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "logit lens over 30 blocks, last position";
export const rounds = 15;
export const note =
  "Of 56 ms in a lens (least of 30, under Node's profiler), the blocks took 37, the head on 30 rows 12, where a forward has 14 rows in 8 to 9; five are ours, for 93 pieces: 1.3 of them the lines of what a plain script writes, 1 the calls of norm and head, 0.7 the keys of values.";

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
