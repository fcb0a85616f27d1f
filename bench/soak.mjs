// Keeps a service at 70 % of what it can do, measured anew every two minutes, and watches the memory of its processes.
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
  let failed = 0;
  let open = 0;
  const run = () => {
    open++;
    return one(done++)
      .catch(() => failed++)
      .finally(() => open--);
  };
  const now = () => performance.now() / 1000;

  /** Jobs a second while it has as many as it can do, in the last of some seconds. */
  async function capacity(seconds) {
    const [from, until] = [now() + 2, now() + 2 + seconds];
    let ended = 0;
    const busy = async () => {
      while (now() < until) {
        await run();
        if (now() > from && now() < until) ended++;
      }
    };
    await Promise.all(Array.from({ length: 8 }, busy));
    return ended / seconds;
  }

  await capacity(5);
  const samples = [];
  const [since, pids] = [now(), [service.child.pid, ...childrenOf(service.child.pid)]];
  const until = since + minutes * 60;
  const paced = { seconds: 0, jobs: 0, able: 0, late: 0 };
  for (let sampled = 0; now() < until; ) {
    const able = await capacity(5);
    const [begun, rate] = [now(), 0.7 * able];
    let sent = 0;
    // The machine is shared: what waits for more than two seconds says that it can do less than before.
    while (now() < Math.min(until, begun + 120) && open < 8 + 2 * able) {
      for (; sent < (now() - begun) * rate; sent++) void run();
      if (now() > sampled + 5) {
        sampled = now();
        samples.push(pids.map(resident));
      }
      await wait(1000 / rate);
    }
    const seconds = now() - begun;
    if (now() < Math.min(until, begun + 120)) paced.late++;
    paced.seconds += seconds;
    paced.jobs += sent;
    paced.able += able * seconds;
    while (open) await wait(20);
  }
  const { seconds, jobs: sent, able, late } = paced;
  console.log(
    `${(able / seconds).toFixed(0)} jobs a second at most, ${(sent / seconds).toFixed(0)} asked for: ${((100 * sent) / able).toFixed(0)} %` +
      (late ? `; ${late} times it came to do less, and was measured again` : ""),
  );
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
