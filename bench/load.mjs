/** Loads SmolLM2 in a process of its own, runs the first logits and 100 different traces, and prints seconds and memory as JSON. */
import { readFileSync } from "node:fs";
import { LanguageModel } from "nnsight-ts";
import { prompt } from "./prompt.mjs";

/** Bytes; pages that are shared with other processes or mapped several times count in part. */
const memory = (what = "Pss") =>
  1024 *
  Number(new RegExp(`^${what}:\\s+(\\d+)`, "m").exec(readFileSync("/proc/self/smaps_rollup", "utf8"))[1]);

const begin = performance.now();
const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { dispatch: true });
await lm.trace(prompt, () => lm.output.logits);
const load = performance.now() - begin;
const first = memory();

const edits = [
  ({ mlp }) => mlp.output.mul_(0.5),
  ({ self_attn }) => self_attn.output[0].at(":", -1).fill(0),
  (layer) => layer.output[0].set([":", 0], 0),
  ({ post_attention_layernorm }) => post_attention_layernorm.output.add_(1),
];
for (let i = 0; i < 100; i++)
  await lm.trace(prompt, () => {
    edits[i % edits.length](lm.model.layers[(7 * i) % 30]);
    return lm.output.logits.at(0, -1);
  });
const weights = 4 * [...new Set(Object.values(lm.stateDict()))].reduce((sum, { size }) => sum + size, 0);
console.log(JSON.stringify({ load, memory: first, later: memory(), own: memory("Pss_Anon"), weights }));
