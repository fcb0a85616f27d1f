/** What dies while a session runs: workers, children, brokers, the database. No job is lost, none ends twice, every client reaches an end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as nnsight from "nnsight-ts";
import { CONFIG, LanguageModel, type RemoteError, resetContexts } from "nnsight-ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newKey } from "./keys.ts";
import { openPostgres } from "./store/open.ts";
import type { JobStore } from "./store/store.ts";
import { type Cutting, cutting } from "./testing/cutting.ts";
import { type Server, startPostgres } from "./testing/postgres.ts";
import { childrenOf, model, type Service, type Started, start, startServe } from "./testing/process.ts";

let postgres: Server;
let service: Service;
/** Between the broker and all who ask it, as a balancer is. */
let line: Cutting;
let store: JobStore;
let token: string;
let lm: LanguageModel;
const blobs = mkdtempSync(join(tmpdir(), "nnsight-blobs-"));
/** Those that are at work: what one test leaves the next one takes. */
const workers = new Set<Started>();

const broker = (): Promise<Service> =>
  startServe("--database", postgres.url, "--blobs", blobs, "--no-worker", "--lease", "3");

/** One more worker. */
async function joined(name: string, ...more: readonly string[]): Promise<Started> {
  const args = ["worker", "--server", line.url, "--token", token, "--model", model, "--name", name, ...more];
  const started = await start(args, /holding/);
  workers.add(started);
  return started;
}

async function killed(worker: Started): Promise<void> {
  workers.delete(worker);
  worker.child.kill("SIGCONT");
  await worker.stop("SIGKILL");
}

/** The one that is at work; a new one when there is none. */
async function theOne(): Promise<Started> {
  const [first, ...others] = workers;
  await Promise.all(others.map(killed));
  return first ?? joined("one");
}

beforeAll(async () => {
  CONFIG.APP.REMOTE_LOGGING = false;
  const loading = LanguageModel.load(model, { progress: () => undefined });
  postgres = await startPostgres();
  service = await broker();
  line = await cutting(service.url);
  store = await openPostgres(postgres.url);
  const made = newKey("worker", "workers");
  await store.addKey(made.key);
  token = made.text;
  Object.assign(CONFIG.API, { HOST: line.url, APIKEY: service.key });
  [lm] = await Promise.all([loading, joined("one")]);
}, 120_000);
afterAll(async () => {
  await Promise.all([...workers].map(killed));
  line?.stop();
  await service?.stop("SIGKILL");
  await store?.close();
  await postgres?.stop();
  rmSync(blobs, { recursive: true, force: true });
});
beforeEach(() => resetContexts());

const eiffel = "The Eiffel Tower is in the city of";
const turns = 15;

/** A session of about a second, or of more turns, which says at each that it is there. */
const long = (count = turns) =>
  lm.session({ remote: true, blocking: false }, (s) => {
    const found = s.list();
    s.iter([...Array(count).keys()], (item) => {
      nnsight.log(item);
      lm.trace(eiffel, () => {
        lm.model.layers[1]!.mlp.output.mul_(item);
        found.append(lm.output.logits.at(0, -1).argmax(-1));
      });
    });
    return found;
  });

const short = () => lm.trace("Hello", { remote: true }, () => lm.model.layers[0]!.output[0]);

/** Waits until the run of this try has said a line. */
const running = (id: string, attempt = 1): Promise<void> =>
  expect
    .poll(
      async () =>
        (await store.events(id, 0)).some((event) => event.attempt === attempt && event.status === "LOG"),
      {
        timeout: 30_000,
      },
    )
    .toBe(true);

const history = async (id: string): Promise<string[]> =>
  (await store.events(id, 0))
    .filter(({ status }) => status !== "LOG")
    .map(({ attempt, status }) => `${attempt} ${status}`);

const twice = ["0 RECEIVED", "0 APPROVED", "1 RUNNING", "1 APPROVED", "2 RUNNING", "2 COMPLETED"];
const once = ["0 RECEIVED", "0 APPROVED", "1 RUNNING", "1 COMPLETED"];

test("of two workers one is killed while a session runs: the other one runs it to its end", async () => {
  const first = await theOne();
  const job = await long();
  await running(job.id);
  const second = joined("second");
  await killed(first);
  await second;
  expect(await job.result()).toHaveLength(turns);
  expect(await history(job.id)).toEqual(twice);
  const lines = (await store.events(job.id, 0)).filter(
    ({ attempt, status }) => attempt === 2 && status === "LOG",
  );
  expect(lines.map(({ text }) => text)).toEqual([...Array(turns).keys()].map(String));
});

test("a worker that slept past its lease wakes up and is refused: the result is the other one's", async () => {
  const first = await theOne();
  const job = await long();
  await running(job.id);
  first.child.kill("SIGSTOP");
  const second = await joined("third");
  expect(await job.result()).toHaveLength(turns);
  const result = await store.job(job.id);
  await killed(second);
  first.child.kill("SIGCONT");
  // It has ended what it slept over when it runs the next one.
  await short();
  expect(await history(job.id)).toEqual(twice);
  expect(await store.job(job.id)).toEqual(result);
});

test("a child that crashes in native code takes its run with it, and the same worker runs the job again with a new one", async () => {
  const one = await theOne();
  const job = await long();
  await running(job.id);
  process.kill(childrenOf(one.child.pid!)[0]!, "SIGABRT");
  expect(await job.result()).toHaveLength(turns);
  expect(await history(job.id)).toEqual(twice);
});

test("the broker is killed in the midst of a submission, of an end and of a download: another one goes on with it", async () => {
  await theOne();
  const large = nnsight.ops.zeros([400, 1, 576]);
  const hidden = () => lm.model.layers[0]!.output[0];
  const rows = [
    ["up", (o: object) => lm.trace(eiffel, o, () => hidden().add(large).sum())],
    ["up", (o: object) => lm.trace(eiffel, o, () => hidden().at(0, 0).expand(800, 576).add(1))],
    ["down", (o: object) => lm.trace(eiffel, o, () => hidden().at(0, 0).expand(800, 576).add(2))],
  ] as const;
  let next = broker();
  for (const [way, row] of rows) {
    const near = await row({});
    const other = await next;
    const dying = service;
    line.cut(way, 500_000, 1, () => {
      dying.child.kill("SIGKILL");
      line.turn(other.url);
    });
    const cuts = line.cuts();
    const far = await row({ remote: true });
    expect(line.cuts()).toBe(cuts + 1);
    expect(Buffer.from(far.data.buffer).equals(Buffer.from(near.data.buffer))).toBe(true);
    const [job] = await store.jobs(1);
    expect(await history(job!.id)).toEqual(once);
    service = other;
    if (row !== rows[2][1]) next = broker();
  }
});

test("the database crashes and comes back while a session runs: nobody notices", async () => {
  await theOne();
  const job = await long(25);
  await running(job.id);
  await postgres.crash();
  expect(await job.result()).toHaveLength(25);
  expect(await history(job.id)).toEqual(once);
});

test.runIf(process.env["LONG"])(
  "the database is away for 30 seconds: who waits for a job gets it",
  async () => {
    await theOne();
    const job = await long(25);
    await running(job.id);
    await postgres.crash(30_000);
    expect(await job.result()).toHaveLength(25);
    expect((await history(job.id)).at(-1)).toMatch(/COMPLETED$/);
  },
  120_000,
);

test("a running job is cancelled at its next step, and the child goes on with the next job", async () => {
  await theOne();
  const job = await long(200);
  await running(job.id);
  await job.cancel();
  const error = (await job.result().then(
    () => expect.unreachable(),
    (error: RemoteError) => error,
  )) as RemoteError;
  expect([error.code, error.reason, error.jobId]).toEqual(["REMOTE", "CANCELLED", job.id]);
  expect((await history(job.id)).at(-1)).toBe("1 CANCELLED");
  expect((await short()).shape).toEqual([1, 1, 576]);
});

test("a job beyond its time is ended with the limit, and what it had saved is there", async () => {
  await killed(await theOne());
  await joined("hasty", "--seconds", "1");
  const job = await long(200);
  const error = (await job.result().then(
    () => expect.unreachable(),
    (error: RemoteError) => error,
  )) as RemoteError;
  expect([error.code, error.reason]).toEqual(["REMOTE", "TIME_LIMIT"]);
  expect(error.message).toBe("the job ran longer than 1 seconds, which is the limit. Run it in parts.");
});
