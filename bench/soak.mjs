// Keeps a service at 70 % of what it can do, and watches the memory of its processes.
//
//   npm run soak                      an hour on PGlite
//   npm run soak -- 5                 five minutes
//   npm run soak -- 60 PostgreSQL     on a PostgreSQL of its own
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CONFIG, LanguageModel, log } from "nnsight-ts";
import { startPostgres } from "../service/dist/testing/postgres.js";
import { childrenOf, model, startServe } from "../service/dist/testing/process.js";

const minutes = Number(process.argv[2] ?? 60);
CONFIG.APP.REMOTE_LOGGING = false;
const remote = { remote: true };
const lm = await LanguageModel.load(model);
const mib = 2 ** 20;

/** A mix: nothing, a hidden state, the logits with a line of log. */
const jobs = [
  () => lm.session(remote, () => undefined),
  () => lm.trace("The Eiffel Tower is in the city of", remote, () => lm.model.layers[5].output[0]),
  () =>
    lm.trace("Hello", remote, () => {
      log("a line");
      return lm.output.logits;
    }),
];
const one = (i) => jobs[i % jobs.length]();

const resident = (pid) =>
  1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

const folder = mkdtempSync(join(tmpdir(), "nnsight-soak-"));
const tiers = join(folder, "tiers.json");
writeFileSync(tiers, JSON.stringify({ standard: { rate: 10_000, waiting: 500, running: 16 } }));
const postgres = process.argv[3] === "PostgreSQL" && (await startPostgres());
const place = postgres
  ? ["--database", postgres.url, "--blobs", join(folder, "blobs")]
  : ["--data", join(folder, "data")];
const service = await startServe("--tiers", tiers, ...place);
try {
  Object.assign(CONFIG.API, { HOST: service.url, APIKEY: service.key });
  let done = 0;
  const full = performance.now() + 10_000;
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      while (performance.now() < full) await one(i + done++);
    }),
  );
  const pause = 10_000 / done / 0.7;
  console.log(`${(done / 10).toFixed(0)} jobs a second at most; from now on ${(1000 / pause).toFixed(0)}`);

  const samples = [];
  let failed = 0;
  let open = 0;
  const [since, pids] = [performance.now(), [service.child.pid, ...childrenOf(service.child.pid)]];
  for (let i = 0; performance.now() - since < minutes * 60_000; i++) {
    open++;
    one(i)
      .catch(() => failed++)
      .finally(() => open--);
    if (i % Math.ceil(5000 / pause) === 0) samples.push(pids.map(resident));
    await wait(Math.max(0, since + (i + 1) * pause - performance.now()));
    while (open > 100) await wait(5);
    done = i + 1;
  }
  while (open) await wait(50);
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const quarter = Math.ceil(samples.length / 4);
  console.log(`${done} jobs in ${minutes} minutes, ${failed} failed`);
  for (const [i, name] of ["service", "child"].entries()) {
    const of = (some) => median(some.map((sample) => sample[i])) / mib;
    const [second, last] = [of(samples.slice(quarter, 2 * quarter)), of(samples.slice(-quarter))];
    console.log(
      `${name.padEnd(8)}${second.toFixed(0)} MiB in the second quarter, ${last.toFixed(0)} in the last: ${(100 * (last / second - 1)).toFixed(1)} %`,
    );
  }
} finally {
  await service.stop();
  if (postgres) await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
