/** Generation: 32 greedy tokens after 14, beside transformers; and with a change at every step. */
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "generation, 32 tokens after 14";
export const note =
  "One token reads all weights once, 540 MB: the same graph as one ONNX Runtime session takes 39 ms at best for one token on this machine. The blocks of a step, with keys and values of their own, are one call (docs/decisions, 13), the head another (5 to 12 ms). A change at every step makes each step a trace of its own, whose blocks are two calls, with two pieces more: 8 to 12 ms, 3 of them recording and planning, which counts for more since a step without one takes a quarter less. Three runs of this row gave 1.93, 1.67 and 1.67 times transformers.";
export const rounds = 5;
const COUNT = 32;
const LAYER = 15;

export const candidates = ({ lm, ids, peer, ones }) => {
  const options = { maxNewTokens: COUNT, eos: [] };
  const vector = ones(lm.config.hidden_size).mul(0.01);
  return {
    "the tokens": afresh(() => lm.generate(ids, options, () => lm.generator.output)),
    "one token": afresh(() => lm.generate(ids, { ...options, maxNewTokens: 1 }, () => lm.generator.output)),
    "with a change at every step": afresh(() =>
      lm.generate(ids, options, (tracer) => {
        tracer.iter.all(() => void lm.model.layers[LAYER].output[0].add_(vector));
        return lm.generator.output;
      }),
    ),
    ...(peer && {
      transformers: () => peer.ask("generate", { ids: [ids], count: COUNT }),
      "transformers, one token": () => peer.ask("generate", { ids: [ids], count: 1 }),
    }),
  };
};

export const figures = (m) => {
  const each = (m["the tokens"] - m["one token"]) / (COUNT - 1);
  const theirs = (m.transformers - m["transformers, one token"]) / (COUNT - 1);
  return [
    ratio("tokens in a second", 1000 / each),
    ratio("decoding faster than transformers", theirs / each, atLeast(2)),
    ratio(
      "a change at every step, over none",
      m["with a change at every step"] / m["the tokens"],
      atMost(1.15),
    ),
  ];
};
