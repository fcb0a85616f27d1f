// Figures of the service on loopback: jobs a second, time to RUNNING, what a remote trace costs over a local one, download.
//
//   npm run bench:service                 on PGlite
//   npm run bench:service -- postgres     on a PostgreSQL of its own, too
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONFIG, LanguageModel, ops } from "nnsight-ts";
import { startPostgres } from "../service/dist/testing/postgres.js";
import { model, startServe } from "../service/dist/testing/process.js";

CONFIG.APP.REMOTE_LOGGING = false;
const remote = { remote: true };
const lm = await LanguageModel.load(model);
const prompt = "The Eiffel Tower is in the city of";

const quantile = (times, q) =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(q * times.length))];

async function timed(count, run) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const since = performance.now();
    await run(i);
    times.push(performance.now() - since);
  }
  return times;
}

/** Sessions that do nothing, so many at once. */
async function noops(total, atOnce) {
  let left = total;
  const since = performance.now();
  const one = async () => {
    while (left-- > 0) await lm.session(remote, () => undefined);
  };
  // Recording is not concurrent: a session is written in one go, then waits.
  await Promise.all(Array.from({ length: atOnce }, one));
  return (1000 * total) / (performance.now() - since);
}

async function figures(name, ...args) {
  const service = await startServe(...args);
  try {
    Object.assign(CONFIG.API, { HOST: service.url, APIKEY: service.key });
    const hidden = (options) => lm.trace(prompt, options, () => lm.model.layers[5].output[0]);
    await timed(5, () => hidden(remote));
    const [far, near] = [await timed(30, () => hidden(remote)), await timed(30, () => hidden({}))];
    const empty = await timed(30, () => lm.session(remote, () => undefined));
    const rate = await noops(200, 2);
    const large = () =>
      lm.trace(prompt, remote, () => ops.zeros([8, 1024, 1024]).add(lm.output.logits.at(0, 0, 0)));
    const [download] = await timed(1, large);
    console.log(
      `${name.padEnd(11)}no-op jobs ${rate.toFixed(0)}/s · a no-op session p50 ${quantile(empty, 0.5).toFixed(1)} ms, p95 ${quantile(empty, 0.95).toFixed(1)} ms · ` +
        `a trace p50 ${quantile(far, 0.5).toFixed(1)} ms, here ${quantile(near, 0.5).toFixed(1)} ms · 32 MiB made, stored and fetched in ${download.toFixed(0)} ms`,
    );
  } finally {
    await service.stop();
  }
}

const folder = mkdtempSync(join(tmpdir(), "nnsight-bench-"));
const postgres = process.argv.includes("postgres") && (await startPostgres());
try {
  await figures("memory", "--memory-only");
  await figures("PGlite", "--data", join(folder, "embedded"));
  if (postgres) await figures("PostgreSQL", "--database", postgres.url, "--blobs", join(folder, "blobs"));
} finally {
  if (postgres) await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
