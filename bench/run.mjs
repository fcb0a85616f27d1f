/**
 * `npm run bench`: measures the rows of `bench/rows` one after the other, the candidates of a row in turns, and writes
 * `bench/RESULTS.md`. `npm run bench -- forward lens` measures those rows only and leaves the others as they stand there.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONFIG, ops, sweep } from "nnsight-ts";
import { local } from "../core/dist/model/nnsight.js";
import { interleaved } from "./base/measure.mjs";
import { growthPlot } from "./base/plot.mjs";
import { printRow, writeResults } from "./base/results.mjs";
import { runsOf } from "./base/runs-of.mjs";
import { setting } from "./base/setting.mjs";
import { wholeForward } from "./whole.mjs";

const folder = join(import.meta.dirname, "rows");
const asked = process.argv.slice(2).filter((name) => !name.startsWith("-"));
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => file.slice(0, -4))
  .filter((name) => asked.length === 0 || asked.includes(name));

const found = await setting();
let seed = 1;
let whole;
const given = {
  ...found,
  runsOf,
  sweep,
  ones: (size) => ops.ones([size]),
  whole: () => (whole ??= wholeForward(found.lm, found.prompt)),
  /** Forgets all results of earlier runs. */
  forget: () => local.memo.clear(),
  /** The same draws in every run. */
  random: (below) => (seed = (seed * 48271) % 2147483647) % below,
};

async function measure(name) {
  const row = await import(join(folder, `${name}.mjs`));
  CONFIG.APP.MEMO = true;
  const times = await interleaved(await row.candidates(given), row);
  const medians = Object.fromEntries(Object.entries(times).map(([key, { median }]) => [key, median]));
  const figures = row.figures(medians).filter(({ value }) => !Number.isNaN(value));
  if (row.plot) writeFileSync(join(import.meta.dirname, `${name}.svg`), growthPlot({ ...row, times }));
  return { work: row.work, note: row.note, times, figures, ...(row.plot && { plot: `${name}.svg` }) };
}

const measured = {};
const began = performance.now();
try {
  for (const name of names) {
    try {
      measured[name] = await measure(name);
    } catch (error) {
      // The other rows are measured all the same; what stood there of this one stays.
      console.error(`${name} failed: ${error instanceof Error ? error.stack : error}`);
      process.exitCode = 1;
      continue;
    }
    console.log(printRow(measured[name]));
    writeResults(measured, found.peer?.versions);
  }
} finally {
  found.peer?.end();
}
console.log(`${Math.round((performance.now() - began) / 1000)} s`);
