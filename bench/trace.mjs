/** Times of traces on SmolLM2: in pieces, as one session, with an early read. */
import { dirname } from "node:path";
import { CONFIG, LanguageModel } from "nnsight-ts";
import { prompt } from "./prompt.mjs";
import { wholeForward } from "./whole.mjs";

const runs = 30;

export async function measureTrace() {
  const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { dispatch: true });
  const { source } = lm.lm_head.weight.state;
  const ids = lm.tokenizer.encode(prompt);
  const logits = () => lm.trace(prompt, () => lm.output.logits);
  const timed = await interleaved({
    pieces: computed(logits),
    whole: await wholeForward(lm, prompt),
    early: computed(() => lm.trace(prompt, () => lm.model.layers[0].output[0])),
    again: remembered(logits),
  });
  return { ...timed, ids, runs, folder: dirname(source.path) };
}

/** Work for which nothing is remembered from earlier runs. */
const computed = (work) => () => {
  CONFIG.APP.MEMO = false;
  return work();
};

const remembered = (work) => () => {
  CONFIG.APP.MEMO = true;
  return work();
};

/** Medians in ms; the candidates take turns, so that a noisy minute hits all of them. */
async function interleaved(candidates) {
  const times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let run = -5; run < runs; run++)
    for (const [name, work] of Object.entries(candidates)) {
      const begin = performance.now();
      await work();
      if (run >= 0) times[name].push(performance.now() - begin);
    }
  return Object.fromEntries(
    Object.entries(times).map(([name, all]) => [name, all.sort((a, b) => a - b)[all.length >> 1]]),
  );
}
