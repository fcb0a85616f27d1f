/** GPT-2's small shape with random weights: a forward, and residual patching on prompts that differ everywhere. */
import { LanguageModel } from "nnsight-ts";
import { atLeast, ratio } from "../base/measure.mjs";
import { afresh, remembering } from "../base/setting.mjs";

export const work = "GPT-2-small shape, random weights";
export const rounds = 5;
export const warm = 1;
const SAMPLE = 3;
const LAYERS = 12;

export const candidates = async ({ ids: own, other: second, peer, sweep, forget, random }) => {
  const lm = LanguageModel.random({ model_type: "gpt2", n_layer: LAYERS });
  const ids = own.map((id) => id % 50257);
  const other = second.map((id) => id % 50257);
  const clean = await lm.trace(other, () => lm.transformer.h.map((block) => block.output[0]));
  return {
    "forward, 14 tokens": afresh(() => lm.trace(ids, () => lm.output.logits)),
    "a cell of the sweep": remembering(async () => {
      forget();
      const begin = performance.now();
      await sweep({ layer: LAYERS, position: ids.length }, ({ layer, position }) =>
        lm.trace(ids, () => {
          lm.transformer.h[layer].output[0].set([":", position], clean[layer].at(":", position));
          return lm.output.logits.at(0, -1);
        }),
      );
      return (performance.now() - begin) / (LAYERS * ids.length);
    }),
    ...(peer && {
      "forward in PyTorch": () => peer.ask("gpt2", { do_: "forward", ids: [ids] }),
      "a cell in NNsight": () =>
        peer.ask("gpt2", {
          do_: "residual",
          ids: [ids],
          source: [other],
          cells: Array.from({ length: SAMPLE }, () => [random(LAYERS), random(ids.length)]),
        }),
    }),
  };
};

export const figures = (m) => [
  ratio("forward: faster than PyTorch", m["forward in PyTorch"] / m["forward, 14 tokens"], atLeast(2.3)),
  ratio("sweep 12 × 14: faster than NNsight", m["a cell in NNsight"] / m["a cell of the sweep"], atLeast(12)),
];
