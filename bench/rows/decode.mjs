/** Generation: 32 greedy tokens after 14, beside transformers; and with a change at every step. */
import { LanguageModel } from "nnsight-ts";
import { atLeast, atMost, ratio } from "../base/measure.mjs";
import { afresh } from "../base/setting.mjs";

export const work = "generation, 32 tokens after 14";
export const note =
  "A token is multiplied with the 4-bit blocks that the model's file has, and only the head, whose weights have 8 bits there, with float32 (docs/decisions, 17). By ONNX Runtime's profile, which adds some 8 µs to each node, 13 of the 29 ms of a step's blocks are products with blocks, 2.7 those with their offsets, and 10 the other 600 nodes; the head takes 5.2 to 5.8. What is not ONNX Runtime takes 1.6 to 3 ms a token, a third to a half of it V8's collector, as each step's keys and values are fresh memory. With threads that spin between two products a step takes 29.0 ms at best where it takes 33.6 without (measured in float32, 25 turns each), and 90 instead of 51 in the median when others use the machine, so that they do not. Entirely in float32, as files without such blocks are run, a token reads 540 MB, 28 to 36 ms at the 15 to 19 GB/s that two threads read here whatever they do: ten runs of this row gave 1.57 to 2.09 times transformers. With blocks three runs gave 2.09 (beside other work), 2.43 and 2.14 times, and 1.05, 1.19 and 1.16 for a change at every step; this file has the second. Steps in which the same is written share one plan, so that such a change costs its recording and two more calls: 5 to 6 ms, which were a smaller part of a token before.";
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
