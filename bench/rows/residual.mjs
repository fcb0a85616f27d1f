/** Residual patching, a cell for each block and position; on prompts that differ everywhere, and in one name. */
import { atLeast, ratio } from "../base/measure.mjs";
import { remembering } from "../base/setting.mjs";

export const work = "residual patching sweep 30 × 14";
export const rounds = 5;
export const note =
  "A cell is one block for each of the blocks after it, with the rows of all cells that meet there in one call, and the head at one position. What a cell takes changes with what else the host of the machine does (10.1 to 14.5 ms), and so does NNsight's (157 to 246). Twelve runs of this row gave 17.2, 14.1, 16.4, 16.3, 13.3, 16.3, 13.6, 17.2, 14.3, 6.8 (something else had the machine for a while), 14.9 and 16.2 times NNsight, and 51.5, 50.4, 53.3, 61.2, 44.6, 61, 55.3, 42.8, 44.7, 56.1, 41.7 and 49.1 times where one name differs; this file has the last.";
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
