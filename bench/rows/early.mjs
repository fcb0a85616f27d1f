/** Reading the first block: nothing behind it runs. */
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "read block 0";
export const rounds = 40;
export const note =
  "Of 3.5 ms (median of 30; a text that is cut into tokens each time), three calls of ONNX Runtime took 2.2: the block 1.8 in the session of the chain, in which 29 others are skipped (1.35 in one of its own, which would pack its weights once more), rotary angles and embedding 0.4. Recording, planning and handing out take 0.9, of which the tokenizer 0.2.";

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
