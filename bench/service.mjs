// Figures of the service on loopback: jobs a second, time to RUNNING, what a remote trace costs over a local one, download.
//
//   npm run bench:service                     memory, PGlite and a PostgreSQL of its own: about a minute
//   npm run bench:service -- PGlite           one of them
//   npm run bench:service -- --profile DIR    and where the service and its child spend their time, as .cpuprofile files
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONFIG, LanguageModel, ops } from "nnsight-ts";
import { startPostgres } from "../service/dist/testing/postgres.js";
import { model, startServe } from "../service/dist/testing/process.js";

const remote = { remote: true };
const lm = await LanguageModel.load(model);
const prompt = "The Eiffel Tower is in the city of";
const profile = process.argv[process.argv.indexOf("--profile") + 1];

const quantile = (times, q) =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(q * times.length))];

/** What the jobs say, as users see it: when the last one ran, and how its result came. */
let begun = 0;
const download = { since: 0, until: 0, bytes: 0 };
globalThis[Symbol.for("nnsight.remote")] = {
  event(_, { status }) {
    if (status === "RUNNING") begun = performance.now();
    if (status === "COMPLETED") download.since = performance.now();
  },
  bytes(_, done, total) {
    if (done === total) Object.assign(download, { until: performance.now(), bytes: total });
  },
};

async function timed(count, run, read = () => performance.now()) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const since = performance.now();
    await run(i);
    times.push(read() - since);
  }
  return times;
}

const noop = () => lm.session(remote, () => undefined);
const hidden = (options) => lm.trace(prompt, options, () => lm.model.layers[5].output[0]);

/** Sessions that do nothing, so many at once: a second. */
async function rate(total, atOnce) {
  let left = total;
  const since = performance.now();
  const one = async () => {
    while (left-- > 0) await noop();
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return (1000 * total) / (performance.now() - since);
}

/** Of 128 MiB that a run made: megabytes a second, from its end to their being here, in the median of five. */
async function streamed() {
  const value = () =>
    lm.trace(prompt, remote, () =>
      lm.output.logits
        .at(0, 0, 0)
        .add(ops.zeros([1]))
        .expand(32, 1024, 1024)
        .add(1),
    );
  const rates = [];
  for (let i = 0; i < 5; i++) {
    await value();
    rates.push(download.bytes / 1e3 / (download.until - download.since));
  }
  return quantile(rates, 0.5);
}

const folder = mkdtempSync(join(tmpdir(), "nnsight-bench-"));
const tiers = join(folder, "tiers.json");
// Its one key may do as much as many together.
writeFileSync(tiers, JSON.stringify({ standard: { rate: 10_000, waiting: 500, running: 32 } }));

async function figures(name, ...args) {
  if (process.argv.includes("--profile"))
    process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${join(profile, name)}`;
  const service = await startServe("--tiers", tiers, ...args);
  delete process.env.NODE_OPTIONS;
  try {
    Object.assign(CONFIG.API, { HOST: service.url, APIKEY: service.key });
    await rate(200, 16);
    await timed(20, () => hidden(remote));
    const running = await timed(60, noop, () => begun);
    const empty = await timed(60, noop);
    const [far, near] = [await timed(200, () => hidden(remote)), await timed(200, () => hidden({}))];
    const jobs = Math.max(await rate(600, 32), await rate(600, 32));
    const megabytes = await streamed();
    console.log(
      `${name.padEnd(11)}no-op jobs ${jobs.toFixed(0)}/s · submit → RUNNING p50 ${quantile(running, 0.5).toFixed(1)} ms, p95 ${quantile(running, 0.95).toFixed(1)} ms · ` +
        `a no-op session p50 ${quantile(empty, 0.5).toFixed(1)} ms · a trace p50 ${quantile(far, 0.5).toFixed(1)} ms, here ${quantile(near, 0.5).toFixed(1)} ms · ` +
        `results at ${megabytes.toFixed(0)} MB/s`,
    );
  } finally {
    await service.stop();
  }
}

const named = process.argv.slice(2).filter((word) => /^(memory|PGlite|PostgreSQL)$/.test(word));
const wanted = (name) => named.length === 0 || named.includes(name);
const postgres = wanted("PostgreSQL") && (await startPostgres());
try {
  if (wanted("memory")) await figures("memory", "--memory-only");
  if (wanted("PGlite")) await figures("PGlite", "--data", join(folder, "embedded"));
  if (postgres) await figures("PostgreSQL", "--database", postgres.url, "--blobs", join(folder, "blobs"));
} finally {
  if (postgres) await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
