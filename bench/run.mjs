/** `npm run bench`: the figures of the README, each a ratio of things measured in one run, as the machines are noisy. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { measureTrace } from "./trace.mjs";

const root = join(import.meta.dirname, "..");
const fixed = (x, digits = 2) => x.toFixed(digits);

const loaded = measureLoad();
const figures = await measureTrace();
const python = process.env.BENCH_PYTHON ?? "python3";
const torch = measureTorch();

const rows = [
  ["forward in pieces, one a block", `${fixed(figures.pieces, 1)} ms`, ""],
  [
    "the same graph as one ONNX Runtime session",
    `${fixed(figures.whole, 1)} ms`,
    `pieces take ${fixed(figures.pieces / figures.whole)}x`,
  ],
  torch
    ? [
        "PyTorch eager, 2 threads",
        `${fixed(torch.forward, 1)} ms`,
        `${fixed(torch.forward / figures.pieces)}x our time`,
      ]
    : ["PyTorch eager", "not installed", "set BENCH_PYTHON to a Python that has torch and transformers"],
  [
    "a trace that reads block 0 only",
    `${fixed(figures.early, 1)} ms`,
    `1/${fixed(figures.pieces / figures.early, 1)} of a forward`,
  ],
  ["the same forward again, remembered", `${fixed(figures.again, 2)} ms`, ""],
  ["load to the first logits, files warm", `${fixed(loaded.load / 1000, 1)} s`, ""],
  [
    "memory after it (PSS)",
    `${fixed(loaded.memory / 1e6, 0)} MB`,
    `${fixed(loaded.memory / loaded.weights)}x the float32 weights`,
  ],
];
console.log(`SmolLM2-135M, ${figures.ids.length} tokens, medians of ${figures.runs} runs\n`);
for (const [what, time, ratio] of rows) console.log(`${what.padEnd(46)} ${time.padStart(14)}   ${ratio}`);

/** In a process of its own, started as the kernel starts the one that runs cells. */
function measureLoad() {
  const out = execFileSync(process.execPath, ["--max-semi-space-size=4", join(root, "bench", "load.mjs")], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(out.trim().split("\n").at(-1));
}

/** The same model, from our converted files, in PyTorch; nothing when it is not there. */
function measureTorch() {
  try {
    execFileSync(python, ["-c", "import torch, transformers"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  const out = execFileSync(
    python,
    [join(root, "bench", "torch_forward.py"), figures.folder, JSON.stringify(figures.ids)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  return JSON.parse(out.trim().split("\n").at(-1));
}
