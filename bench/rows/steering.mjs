/** Steering: 50 factors of one vector, added to the middle block at the last position. */
import { atLeast, ratio } from "../base/measure.mjs";
import { remembering } from "../base/setting.mjs";

export const work = "steering: 50 factors × one block";
export const rounds = 5;
const FACTORS = Array.from({ length: 50 }, (_, i) => i / 10);
const LAYER = 15;

export const candidates = ({ lm, ids, peer, sweep, forget, ones }) => ({
  "a factor": remembering(async () => {
    forget();
    const vector = ones(lm.config.hidden_size);
    const begin = performance.now();
    await sweep({ factor: FACTORS }, ({ factor }) =>
      lm.trace(ids, () => {
        lm.model.layers[LAYER].output[0].at(":", -1).add_(vector.mul(factor));
        return lm.output.logits.at(0, -1);
      }),
    );
    return (performance.now() - begin) / FACTORS.length;
  }),
  ...(peer && {
    "a factor in NNsight": () =>
      peer.ask("steering", { ids: [ids], layer: LAYER, factors: FACTORS.slice(0, 5) }),
  }),
});

export const figures = (m) => [
  ratio("faster than NNsight", m["a factor in NNsight"] / m["a factor"], atLeast(15)),
];
