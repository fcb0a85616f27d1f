/** Generation: 32 greedy tokens after 14, beside transformers; and with a change at every step. */
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "generation, 32 tokens after 14";
export const note =
  "One token reads all weights once, 540 MB. On a calm machine the blocks of a step, with keys and values of their own, are one call of 28.8 ms (docs/decisions, 13), the head another of 5.4 (medians of five generations), and what is not ONNX Runtime takes 1.6 to 2 ms a token, a third to a half of it V8's collector, as each step's keys and values are fresh memory. With threads that spin between two products the blocks take 29.0 ms at best where they take 33.6 without (25 turns each), and 90 instead of 51 in the median when others use the machine, so that they do not; spinning for 30 or 100 µs only lost, too, at a load of 11 (193 and 212 ms against 166, medians of 40). For twice transformers' speed a token would have to take 37 ms: the next thing to try is fewer and larger products (queries, keys and values as one, gate and up as one), four waits for a thread in a block instead of seven. Steps in which the same is written share one plan, so that a change at every step costs its recording and two more calls.";
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
