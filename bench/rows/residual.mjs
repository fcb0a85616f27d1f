/** Residual patching, a cell for each block and position; on prompts that differ everywhere, and in one name. */
import { atLeast, ratio } from "../base/measure.mjs";
import { remembering } from "../base/setting.mjs";

export const work = "residual patching sweep 30 × 14";
export const rounds = 5;
export const warm = 1;
const SAMPLE = 4;

export const candidates = async ({ lm, ids, other, renamed, peer, sweep, forget, random }) => {
  const ours = async (source) => {
    const clean = await lm.trace(source, () => lm.model.layers.map((layer) => layer.output[0]));
    const cells = 30 * ids.length;
    return remembering(async () => {
      forget();
      const begin = performance.now();
      await sweep({ layer: 30, position: ids.length }, ({ layer, position }) =>
        lm.trace(ids, () => {
          lm.model.layers[layer].output[0].set([":", position], clean[layer].at(":", position));
          return lm.output.logits.at(0, -1);
        }),
      );
      return (performance.now() - begin) / cells;
    });
  };
  const theirs = (source) => () =>
    peer.ask("residual", {
      ids: [ids],
      source: [source],
      cells: Array.from({ length: SAMPLE }, () => [random(30), random(ids.length)]),
    });
  return {
    "a cell, all positions differ": await ours(other),
    "a cell, one name differs": await ours(renamed),
    ...(peer && { "a cell in NNsight": theirs(other) }),
  };
};

export const figures = (m) => [
  ratio(
    "all positions differ: faster than NNsight",
    m["a cell in NNsight"] / m["a cell, all positions differ"],
    atLeast(15),
  ),
  ratio(
    "one name differs: faster than NNsight",
    m["a cell in NNsight"] / m["a cell, one name differs"],
    atLeast(50),
  ),
];
