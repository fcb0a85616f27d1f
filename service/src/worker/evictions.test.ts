/** Two models and a worker with room for one of them: each comes when it is waited for, and the other one makes room. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONFIG, LanguageModel, saveTensors } from "nnsight-ts";
import { type ModelState, openHosted, weightBytes } from "nnsight-ts/remote";
import { afterAll, beforeAll, expect, test } from "vitest";
// As it was built: its worker starts a process of a file beside it.
import { type Running, startService } from "../../dist/cli/serve.js";
import { FolderBlobs } from "../blobs.ts";
import { newKey } from "../keys.ts";
import { MemoryStore } from "../store/memory.ts";
import { childrenOf } from "../testing/process.ts";

const folder = mkdtempSync(join(tmpdir(), "nnsight-models-"));
const names = ["large", "small"] as const;
const ids = [1, 2, 3, 4];
const config = { model_type: "gpt2", n_embd: 64, n_head: 2, vocab_size: 1000, n_positions: 16 } as const;
const store = new MemoryStore();
let service: Running;
let key: string;

beforeAll(async () => {
  CONFIG.APP.REMOTE_LOGGING = false;
  const sizes: number[] = [];
  for (const [i, name] of names.entries()) {
    const shape = { ...config, n_layer: 3 - i };
    const lm = LanguageModel.random(shape, { seed: i });
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "config.json"), JSON.stringify(shape));
    await saveTensors(join(folder, name, "model.safetensors"), Object.fromEntries(lm.namedParameters()));
    sizes.push(weightBytes(await openHosted(join(folder, name), { progress: () => undefined })));
  }
  service = await startService({
    ...{ store, blobs: new FolderBlobs(join(folder, "blobs")), host: "127.0.0.1", port: 0, worker: true },
    ...{ seconds: 30, memory: 2 ** 33, level: "silent", stay: 0.2 },
    models: names.map((name) => join(folder, name)),
    // A byte less than both of them.
    hold: sizes[0]! + sizes[1]! - 1,
  });
  const made = newKey("submit", "ada");
  key = made.text;
  await store.addKey(made.key);
  Object.assign(CONFIG.API, { HOST: service.url, APIKEY: key });
});
afterAll(async () => {
  await service?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The worker says what it holds each second. */
const patient = { timeout: 20_000 };

const states = async (): Promise<string[]> => {
  const headers = { authorization: `Bearer ${key}` };
  const { models } = (await (await fetch(`${service.url}/v1/models`, { headers })).json()) as {
    readonly models: readonly ModelState[];
  };
  return models.map(({ state }) => state);
};

test("jobs of both in turn: right results, and of the two never more than one is held", async () => {
  const models = await Promise.all(names.map((name) => LanguageModel.load(join(folder, name))));
  expect(await states()).toEqual(["cold", "cold"]);
  for (const turn of [0, 1, 0]) {
    const lm = models[turn]!;
    const run = (options: object) => lm.trace(ids, options, () => lm.output.logits);
    const [far, near] = [await run({ remote: true }), await run({})];
    expect(Buffer.from(far.data.buffer).equals(Buffer.from(near.data.buffer))).toBe(true);
    await expect.poll(async () => (await states())[turn], patient).toBe("hot");
    expect((await states())[1 - turn]).not.toBe("hot");
    // The other one's process has gone, with its memory; until then it might still have taken a job.
    await expect.poll(() => childrenOf(process.pid).length, patient).toBe(1);
  }
  // The last turn has sent the small one away: it is told where it is.
  expect(await states()).toEqual(["hot", "warm"]);
});
