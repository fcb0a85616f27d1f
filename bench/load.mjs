/** Loads SmolLM2 in a process of its own, up to the first logits, and prints seconds and memory as JSON. */
import { readFileSync } from "node:fs";
import { LanguageModel } from "nnsight-ts";
import { prompt } from "./prompt.mjs";

const begin = performance.now();
const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { dispatch: true });
await lm.trace(prompt, () => lm.output.logits);
const load = performance.now() - begin;

/** Bytes; pages that are shared with other processes or mapped several times count in part. */
const memory = 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync("/proc/self/smaps_rollup", "utf8"))[1]);
const weights = 4 * [...new Set(Object.values(lm.stateDict()))].reduce((sum, { size }) => sum + size, 0);
console.log(JSON.stringify({ load, memory, weights }));
