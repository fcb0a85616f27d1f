// What keeping weights in fewer bits costs, on the model of the notebooks: memory, speed and logits beside float32. Writes
// bench/precision.json, from which scripts/docs/models.mjs makes the table of docs/models.md.
//
//   npm run bench:precision        each precision in a process of its own, one after the other
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CONFIG, LanguageModel, tensor } from "nnsight-ts";
import { prompt } from "./prompt.mjs";

const id = "HuggingFaceTB/SmolLM2-135M-Instruct";
/** `folder`: of the weights as float32 files, not of the GGUF file that has most of them in 4 bits already. */
const each = {
  float32: {},
  float16: { dtype: "float16" },
  q8: { dtype: "q8", folder: true },
  q4: { dtype: "q4", folder: true },
  "q4 of the GGUF file": { dtype: "q4" },
  'q4 of the GGUF file, `activations: "int8"`': { dtype: "q4", activations: "int8" },
};

/** MB; pages that are shared with other processes or mapped several times count in part. */
const memory = () => Number(/^Pss:\s+(\d+)/m.exec(readFileSync("/proc/self/smaps_rollup", "utf8"))[1]) / 1024;

/** 200 positions of a text. */
const text = readFileSync(join(import.meta.dirname, "../docs/how-it-works.md"), "utf8");

async function measured(name, folder) {
  const { dtype, activations, folder: floats } = each[name];
  // Every run computes.
  CONFIG.APP.MEMO = false;
  const begin = performance.now();
  const lm = await LanguageModel.load(floats ? folder : id, {
    dtype,
    activations,
    progress: () => undefined,
  });
  await lm.trace(prompt, () => lm.output.logits.at(0, -1));
  const load = performance.now() - begin;
  const first = memory();
  const generate = (maxNewTokens) => () =>
    lm.generate(prompt, { maxNewTokens, eos: [] }, () => lm.generator.output);
  const decode = (await times(3, generate(33))) - (await times(3, generate(1)));
  const later = memory();
  const forward = await times(5, () => lm.trace(prompt, () => lm.output.logits.at(0, -1, 0)));
  const ids = lm.tokenizer.encode(text).slice(0, 200);
  const [top, some] = await lm.trace(ids, () => {
    const { logits } = lm.output;
    return [logits.argmax(-1), logits.at(0, -1)];
  });
  const { source } = lm.lm_head.weight.state;
  return {
    load,
    first,
    later,
    forward,
    token: decode / 32,
    top: top.toArray()[0].map(Number),
    logits: some.toArray(),
    folder: source && dirname(source.path),
  };
}

/** The median in ms. */
async function times(count, run) {
  await run();
  const found = [];
  for (let i = 0; i < count; i++) {
    const begin = performance.now();
    await run();
    found.push(performance.now() - begin);
  }
  return found.sort((a, b) => a - b)[Math.floor(count / 2)];
}

const [only, folder] = process.argv.slice(2);
if (only) console.log(JSON.stringify(await measured(only, folder)));
else {
  const rows = {};
  let exact;
  for (const name of Object.keys(each)) {
    const run = () =>
      JSON.parse(
        execFileSync(
          process.execPath,
          ["--max-semi-space-size=4", import.meta.filename, name, exact?.folder ?? ""],
          {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "inherit"],
            maxBuffer: 1 << 28,
          },
        ),
      );
    const cold = run();
    const one = run();
    exact ??= one;
    const same = one.top.filter((token, i) => token === exact.top[i]).length;
    rows[name] = {
      convertS: cold.load / 1000,
      loadS: one.load / 1000,
      firstMB: one.first,
      laterMB: one.later,
      forwardMs: one.forward,
      tokenMs: one.token,
      difference: tensor(one.logits).sub(tensor(exact.logits)).abs().max().item(),
      sameTop: same / one.top.length,
    };
    console.log(name, rows[name]);
  }
  writeFileSync(
    join(import.meta.dirname, "precision.json"),
    `${JSON.stringify({ model: id, rows }, null, 2)}\n`,
  );
}
