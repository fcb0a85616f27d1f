/** Generation: 32 greedy tokens after 14, beside transformers; and with a change at every step. */
import { LanguageModel } from "nnsight-ts";
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "generation, 32 tokens after 14";
export const note =
  "One token reads all weights once, 540 MB. On a calm machine the blocks of a step, with keys and values of their own, are one call of 28.8 ms (docs/decisions, 13), the head another of 5.4 (medians of five generations), and what is not ONNX Runtime takes 1.6 to 2 ms a token, a third to a half of it V8's collector, as each step's keys and values are fresh memory. With threads that spin between two products the blocks take 29.0 ms at best where they take 33.6 without (25 turns each), and 90 instead of 51 in the median when others use the machine, so that they do not; spinning for 30 or 100 µs only lost, too, at a load of 11 (193 and 212 ms against 166, medians of 40). By ONNX Runtime's profile 28 of 36 ms of the blocks' operators are matrix products, at 16 to 17 GB/s; two threads that only sum an array read 15 to 19 on this machine, so that 540 MB take 28 to 36 ms whatever is done. transformers takes 65 ms a token on a calm machine and 82 to 88 on a busy one, we 36.5 to 42; seven runs of this row gave 1.68, 1.78, 1.75, 1.97, 1.96, 1.57 and 1.79 times transformers. Since then the blocks have fewer and larger products and half as many nodes, to the same bits (docs/decisions, 16): 28.5 instead of 30.8 ms, and 20.2 instead of 24.5 with the weights in 4 bits; three runs of this row gave 1.67 (with a soak beside it), 1.86 and, just before, 2.09 times transformers, and 2.39, 2.10 and 2.40 in 4 bits. Below that only fewer bytes help: the model's file has most weights in blocks of 4 bits, and kept as they lie they give the same tokens at 2.05 and 2.31 times transformers' rate (two runs), which has to widen them: `dtype: \"q4\"` (docs/models.md). Steps in which the same is written share one plan, so that a change at every step costs its recording and two more calls.";
export const rounds = 5;
const COUNT = 32;
const LAYER = 15;

export const candidates = async ({ lm, ids, peer, ones }) => {
  // The blocks of 4 bits that the model's file has, as they lie: the same weights, the same tokens, fewer bytes.
  const inBlocks = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", {
    dispatch: true,
    dtype: "q4",
  });
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
    "from the file's 4-bit blocks": afresh(() =>
      inBlocks.generate(ids, options, () => inBlocks.generator.output),
    ),
    "one token from them": afresh(() =>
      inBlocks.generate(ids, { ...options, maxNewTokens: 1 }, () => inBlocks.generator.output),
    ),
    ...(peer && {
      transformers: () => peer.ask("generate", { ids: [ids], count: COUNT }),
      "transformers, one token": () => peer.ask("generate", { ids: [ids], count: 1 }),
    }),
  };
};

export const figures = (m) => {
  const each = (m["the tokens"] - m["one token"]) / (COUNT - 1);
  const blocks = (m["from the file's 4-bit blocks"] - m["one token from them"]) / (COUNT - 1);
  const theirs = (m.transformers - m["transformers, one token"]) / (COUNT - 1);
  return [
    ratio("tokens in a second", 1000 / each),
    ratio("decoding faster than transformers", theirs / each, atLeast(2)),
    ratio(
      'the same weights as their file has them (`dtype: "q4"`), the same tokens: faster than transformers',
      theirs / blocks,
      atLeast(2),
    ),
    ratio(
      "a change at every step, over none",
      m["with a change at every step"] / m["the tokens"],
      atMost(1.15),
    ),
  ];
};
