/** `bench/RESULTS.md` and the numbers it is made of, `bench/results.json`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..");
const data = join(folder, "results.json");

/** Three digits. */
const short = (x) => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(x >= 1 ? 2 : 3));

const met = ({ value, least, most }) =>
  least === undefined && most === undefined
    ? ""
    : value >= (least ?? -Infinity) && value <= (most ?? Infinity)
      ? "yes"
      : "no";

const wanted = ({ least, most }) =>
  least !== undefined ? `≥ ${least}` : most !== undefined ? `≤ ${most}` : "";

/** For the terminal. */
export function printRow({ work, times, figures }) {
  const lines = Object.entries(times).map(
    ([name, { median, low, high, runs }]) =>
      `  ${name.padEnd(44)} ${short(median).padStart(8)}  [${short(low)}–${short(high)}] of ${runs}`,
  );
  const ratios = figures.map(
    (figure) => `  → ${figure.what}: ${short(figure.value)}  ${wanted(figure)} ${met(figure)}`,
  );
  return [work, ...lines, ...ratios].join("\n");
}

/** Puts what was measured over what stands there, and writes the page anew. */
export function writeResults(measured, versions) {
  const old = existsSync(data) ? JSON.parse(readFileSync(data, "utf8")) : {};
  const machine = {
    processor: cpus()[0].model,
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.version,
    ...(versions ?? { torch: old.machine?.torch, nnsight: old.machine?.nnsight }),
  };
  const rows = { ...old.rows, ...measured };
  writeFileSync(data, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  writeFileSync(join(folder, "RESULTS.md"), page(machine, rows));
}

function page(machine, rows) {
  const figures = Object.values(rows).flatMap(({ work, figures }) =>
    figures.map((figure, i) => [
      i ? "" : work,
      figure.what,
      short(figure.value),
      wanted(figure),
      met(figure),
    ]),
  );
  const times = Object.values(rows).flatMap(({ work, times }) =>
    Object.entries(times).map(([name, { median, low, high, runs }], i) => [
      i ? "" : work,
      name,
      short(median),
      `${short(low)} – ${short(high)}`,
      String(runs),
    ]),
  );
  const notes = Object.entries(rows).flatMap(([, { work, note }]) =>
    note ? [`**${work}.** ${note}`, ""] : [],
  );
  return `${[
    "# Figures",
    "",
    "Made by `npm run bench` (`npm run bench:setup` first, for PyTorch and NNsight; `npm run bench -- forward lens` measures those rows only). The candidates of a row take turns, as the machines are noisy: read the ratios.",
    "",
    `SmolLM2-135M, float32, unless a row says otherwise. ${machine.cores} cores of ${machine.processor}, ${machine.memory}, Node ${machine.node}, onnxruntime-node 1.30.0${machine.torch ? `, PyTorch ${machine.torch} with 2 threads, NNsight ${machine.nnsight}` : ""}.`,
    "",
    table(["work", "figure", "value", "target", "reached"], figures),
    "",
    "## Times",
    "",
    "Medians in milliseconds, unless a name says otherwise, and the 10th to the 90th percentile.",
    "",
    table(["work", "what", "median", "spread", "runs"], times),
    "",
    ...Object.values(rows).flatMap(({ work, plot }) =>
      plot ? [`## ${work}`, "", `![${work}](${plot})`, ""] : [],
    ),
    ...(notes.length ? ["## Where the time goes", "", ...notes] : []),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
