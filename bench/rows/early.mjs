/** Reading the first block: nothing behind it runs. */
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "read block 0";
export const rounds = 40;
export const note =
  "Of 4.6 ms (first decile of 22 turns, under Node's profiler), three calls of ONNX Runtime took 2.9, of which the block by itself 1.7 to 1.9; the rest is recording and planning.";

export const candidates = ({ lm, prompt, ids, peer }) => ({
  "read block 0": afresh(() => lm.trace(prompt, () => lm.model.layers[0].output[0])),
  ...(peer && { "NNsight with an early stop": () => peer.ask("early", { ids: [ids] }) }),
});

export const figures = (m) => [
  ratio("milliseconds", m["read block 0"], atMost(2.5)),
  ratio(
    "faster than NNsight with an early stop",
    m["NNsight with an early stop"] / m["read block 0"],
    atLeast(1),
  ),
];
