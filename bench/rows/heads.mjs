/** Head ablation, a cell for each block and head. */
import { atLeast, ratio } from "../base/measure.mjs";
import { remembering } from "../base/setting.mjs";

export const work = "head patching sweep 30 × 9";
export const rounds = 3;
export const warm = 1;
const SAMPLE = 4;
const HEADS = 9;

export const candidates = ({ lm, ids, renamed, peer, sweep, forget, random }) => ({
  "a cell": remembering(async () => {
    forget();
    const size = lm.config.hidden_size / HEADS;
    const begin = performance.now();
    const clean = await lm.trace(renamed, () => lm.model.layers.map((layer) => layer.self_attn.o_proj.input));
    await sweep({ layer: 30, head: HEADS }, ({ layer, head }) =>
      lm.trace(ids, () => {
        const part = `${head * size}:${(head + 1) * size}`;
        lm.model.layers[layer].self_attn.o_proj.input.set([":", ":", part], clean[layer].at(":", ":", part));
        return lm.output.logits.at(0, -1);
      }),
    );
    return (performance.now() - begin) / (30 * HEADS);
  }),
  ...(peer && {
    "a cell in NNsight": () =>
      peer.ask("heads", {
        ids: [ids],
        size: lm.config.hidden_size / HEADS,
        cells: Array.from({ length: SAMPLE }, () => [random(30), random(HEADS)]),
      }),
  }),
});

export const figures = (m) => [
  ratio("faster than NNsight", m["a cell in NNsight"] / m["a cell"], atLeast(8)),
];
