/** Administering a service of one machine while it runs: keys, tiers, models, workers, jobs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONFIG, LanguageModel, type RemoteError } from "nnsight-ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { model, type Service, start, startServe } from "../testing/process.ts";
import { askRunning } from "./admin-socket.ts";

const folder = mkdtempSync(join(tmpdir(), "nnsight-admin-"));
const data = join(folder, "data");
const tiers = join(folder, "tiers.json");
let service: Service;
let lm: LanguageModel;
const ask = async (words: readonly string[], tier?: string): Promise<readonly string[]> =>
  (await askRunning(data, { words, scope: "submit", tier }))!;
const trace = () => lm.trace("Hello", { remote: true }, () => lm.model.layers[0]!.output[0].sum());

beforeAll(async () => {
  CONFIG.APP.REMOTE_LOGGING = false;
  writeFileSync(tiers, JSON.stringify({ once: { daily: 1e-6 } }));
  // The worker holds nothing until somebody waits for it.
  service = await startServe("--data", data, "--tiers", tiers, "--hold", "4");
  Object.assign(CONFIG.API, { HOST: service.url, APIKEY: service.key });
  lm = await LanguageModel.load(model, { progress: () => undefined });
}, 60_000);
afterAll(async () => {
  await service?.stop();
  rmSync(folder, { recursive: true });
});

test("a model is cold until a job waits for it, then a worker loads it", async () => {
  await expect
    .poll(() => ask(["models"]))
    .toEqual([`cold     0 workers  0 waiting  ${model}  (nobody has asked for it yet; a job has it loaded)`]);
  const [line] = await ask(["workers"]);
  expect(line).toMatch(/^local-\d+ {2}works {3}20\d\d-.+Z {2}$/);
  await trace();
  expect(await ask(["models"])).toEqual([`hot      1 workers  0 waiting  ${model}`]);
  expect((await ask(["workers"]))[0]).toContain(model);
  const [job] = await ask(["jobs"]);
  expect(job).toMatch(/^[0-9a-f-]{36} {2}COMPLETED {2}1 {2}[0-9a-f]{12} {2}20/);
  await expect(ask(["jobs", "cancel", job!.slice(0, 36)])).rejects.toThrow("has ended, or there is none");
});

test("a key of a tier runs as long as its day allows, then is told when it may again", async () => {
  const [text] = await ask(["keys", "add", "ada"], "once");
  expect(text).toMatch(/^nn_/);
  await expect(ask(["keys", "add", "eve"], "none")).rejects.toThrow(
    "there is no tier 'none': there are standard, once.",
  );
  CONFIG.API.APIKEY = text!;
  await trace();
  const error: RemoteError = await trace().then(
    () => expect.unreachable(),
    (error) => error,
  );
  expect([error.reason, error.message]).toEqual([
    "DAY_QUOTA",
    expect.stringMatching(
      /^this key has run as long as it may today\. It may run again after midnight UTC, in \d+ minutes/,
    ),
  ]);
  const keys = await ask(["keys"]);
  expect(keys.find((line) => line.includes("once"))).toMatch(/submit {2}once {2}\d+ s today {2}ada$/);
  const id = text!.split("_")[1]!;
  await ask(["keys", "remove", id]);
  await expect(ask(["keys", "remove", id])).rejects.toThrow(`there is no key ${id}.`);
  CONFIG.API.APIKEY = service.key;
});

test("the command line reaches the service that has the folder; a drained worker ends, and its jobs wait", async () => {
  const listed = await start(["admin", "requeue", "--data", data], /^$/).catch((error) => String(error));
  expect(listed).toContain("ended with 0");
  await expect(start(["admin", "rename", "--data", data], /never/)).rejects.toThrow(
    "there is no 'admin rename'. There are: keys, jobs, models, workers, drain, requeue.",
  );
  await expect(ask(["drain", "nobody"])).rejects.toThrow("there is no worker nobody.");
  const [name] = (await ask(["workers"]))[0]!.split(" ");
  await ask(["drain", name!]);
  await expect.poll(() => ask(["workers"]), { timeout: 10_000 }).toEqual([]);
  expect(await ask(["models"])).toEqual(["there is no worker, and no job waits for a model."]);
  const job = await lm.session({ remote: true, blocking: false }, () => undefined);
  expect(await job.status()).toBe("APPROVED");
  expect((await ask(["models"]))[0]).toContain("1 waiting");
  await ask(["jobs", "cancel", job.id]);
  expect(await job.status()).toBe("CANCELLED");
});
