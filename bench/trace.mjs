/** Times of traces on SmolLM2: in pieces, as one session, with an early read; loading and memory. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { LanguageModel } from "nnsight-ts";
import { wholeForward } from "./whole.mjs";

const prompt = "When Mary and John went to the store, John gave a drink to";
const runs = 30;

export async function measureTrace() {
  const begin = performance.now();
  const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { dispatch: true });
  await lm.trace(prompt, () => lm.output.logits);
  const load = performance.now() - begin;
  const memory = pss();
  const { source } = lm.lm_head.weight.state;
  const ids = lm.tokenizer.encode(prompt);
  const whole = await wholeForward(lm, prompt);
  const timed = await interleaved({
    pieces: () => lm.trace(prompt, () => lm.output.logits),
    whole,
    early: () => lm.trace(prompt, () => lm.model.layers[0].output[0]),
  });
  const weights = 4 * [...new Set(Object.values(lm.stateDict()))].reduce((sum, { size }) => sum + size, 0);
  return { ...timed, load, memory, weights, ids, tokens: ids.length, runs, folder: dirname(source.path) };
}

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

/** Memory of this process in bytes, with pages shared by several mappings counted once. */
function pss() {
  return 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync("/proc/self/smaps_rollup", "utf8"))[1]);
}
