/** One suite for every store: in memory, PGlite, and PostgreSQL when the machine has one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { texts } from "nnsight-ts/remote";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey } from "../keys.ts";
import { startPostgres } from "../testing/postgres.ts";
import { MemoryStore } from "./memory.ts";
import { openEmbedded } from "./open.ts";
import { PostgresStore } from "./postgres.ts";
import { type Database, openPglite, openServer } from "./sql.ts";
import type { JobStore, Lease, Leased, Limits } from "./store.ts";

interface Fixture {
  open(limits?: Partial<Limits>): Promise<JobStore>;
  /** Makes the last beats this many seconds older. */
  age(seconds: number): Promise<void>;
  /** Lines of histories that are kept. */
  lines(): Promise<number | undefined>;
  close(): Promise<void>;
}

function inMemory(): Fixture {
  let now = Date.now();
  return {
    open: async (limits) => new MemoryStore(limits, () => now),
    age: async (seconds) => void (now += seconds * 1000),
    lines: async () => undefined,
    close: async () => undefined,
  };
}

/** Each store begins with empty tables. */
function inTables(open: () => Promise<Database>): Fixture {
  let database: Database | undefined;
  return {
    async open(limits) {
      database ??= await open();
      const store = await PostgresStore.open(database, limits);
      await database.query("TRUNCATE nnsight_job, nnsight_event, nnsight_key, nnsight_worker, nnsight_usage");
      for (const { name } of await database.boss.getQueues()) await database.boss.deleteAllJobs(name);
      return store;
    },
    age: async (seconds) =>
      void (await database!.query("UPDATE nnsight_job SET beat = beat - make_interval(secs => $1)", [
        seconds,
      ])),
    async lines() {
      const [row] = await database!.query("SELECT count(*)::int AS lines FROM nnsight_event");
      return Number(row!["lines"]);
    },
    close: async () => database?.close(),
  };
}

let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);
afterAll(() => postgres?.stop());

const folder = mkdtempSync(join(tmpdir(), "nnsight-jobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const newId = (): string => `01900000-0000-7000-8000-${String(++count).padStart(12, "0")}`;
const some = (more: Partial<Parameters<JobStore["submit"]>[0]> = {}) => ({
  id: newId(),
  owner: "ada",
  model: "m",
  hash: "h",
  ...more,
});
const history = async (store: JobStore, id: string): Promise<string[]> =>
  (await store.events(id, 0)).map(({ attempt, status }) => `${attempt} ${status}`);
/** The next job, when there is one. */
const leaseOf = async (store: JobStore, models: readonly string[]): Promise<Lease | undefined> => {
  const [lease] = await store.lease(models);
  return lease && { job: lease.job, model: lease.model, attempt: lease.attempt };
};
const completed = { status: "COMPLETED", text: texts.COMPLETED } as const;

describe.each([
  ["memory", inMemory],
  ["PGlite", () => inTables(() => openPglite(join(folder, "jobs")))],
  ["PostgreSQL", () => inTables(() => openServer(postgres!.url))],
] as const)("%s", (_, fixture) => {
  const place = fixture();
  afterAll(() => place.close());
  const open = (limits?: Partial<Limits>) => place.open(limits);

  test("a job goes its way once, and its history is numbered without gaps", async () => {
    const store = await open();
    const job = some();
    expect(await store.submit(job)).toBe("new");
    const lease = (await leaseOf(store, ["m"]))!;
    expect(lease).toEqual({ job: job.id, model: "m", attempt: 1 });
    expect(await leaseOf(store, ["m"])).toBeUndefined();
    expect(await store.log(lease, ["one", "two"])).toBe(true);
    expect(await store.settle(lease, { ...completed, result: { bytes: 3, sha256: "r" } })).toBe(true);
    expect(await store.settle(lease, completed)).toBe(false);
    const events = await store.events(job.id, 0);
    expect(events.map(({ seq, status, text }) => [seq, status, text])).toEqual([
      [1, "RECEIVED", texts.RECEIVED],
      [2, "APPROVED", texts.APPROVED],
      [3, "RUNNING", texts.RUNNING],
      [4, "LOG", "one"],
      [5, "LOG", "two"],
      [6, "COMPLETED", texts.COMPLETED],
    ]);
    expect(await store.events(job.id, 4)).toEqual(events.slice(4));
    expect(await store.job(job.id)).toMatchObject({
      ...job,
      status: "COMPLETED",
      attempt: 1,
      result: { bytes: 3, sha256: "r" },
    });
    expect(await leaseOf(store, ["m"])).toBeUndefined();
  });

  test("the same id twice is one job, and with another content or owner a refusal", async () => {
    const store = await open();
    const job = some();
    expect(await Promise.all(Array.from({ length: 8 }, () => store.submit(job)))).toContain("new");
    expect(await store.submit(job)).toBe("same");
    expect(await store.submit({ ...job, hash: "g" })).toBe("other");
    expect(await store.submit({ ...job, owner: "eve" })).toBe("other");
    expect(await history(store, job.id)).toEqual(["0 RECEIVED", "0 APPROVED"]);
    expect((await store.waiting()).get("m")).toBe(1);
  });

  test("two workers never get one job", async () => {
    const store = await open({ running: 100 });
    for (let i = 0; i < 12; i++) await store.submit(some());
    const leases = await Promise.all(Array.from({ length: 20 }, () => leaseOf(store, ["m"])));
    const jobs = leases.filter((lease) => lease !== undefined).map(({ job }) => job);
    while (jobs.length < 12) jobs.push((await leaseOf(store, ["m"]))!.job);
    expect(new Set(jobs).size).toBe(12);
    expect(await leaseOf(store, ["m"])).toBeUndefined();
  });

  test("a worker gets jobs of its models only", async () => {
    const store = await open();
    await store.submit(some({ model: "a" }));
    expect(await leaseOf(store, ["b"])).toBeUndefined();
    expect((await leaseOf(store, ["b", "a"]))?.model).toBe("a");
  });

  test("a job whose worker is gone goes to the next; what the first one says later is refused", async () => {
    const store = await open({ lease: 15 });
    const job = some();
    await store.submit(job);
    const first = (await leaseOf(store, ["m"]))!;
    await place.age(10);
    await store.expire();
    expect(await store.beat(first)).toBe("go");
    await place.age(10);
    await store.expire();
    expect(await store.beat(first)).toBe("go");
    await place.age(16);
    await store.expire();
    expect(await store.beat(first)).toBe("lost");
    const second = (await leaseOf(store, ["m"]))!;
    expect(second.attempt).toBe(2);
    expect(await store.log(first, ["late"])).toBe(false);
    expect(await store.settle(first, completed)).toBe(false);
    expect(await store.settle(second, completed)).toBe(true);
    expect(await history(store, job.id)).toEqual([
      "0 RECEIVED",
      "0 APPROVED",
      "1 RUNNING",
      "1 APPROVED",
      "2 RUNNING",
      "2 COMPLETED",
    ]);
  });

  test("a job that its workers or their children die of is ended after its tries", async () => {
    const store = await open({ attempts: 3, lease: 15 });
    const job = some();
    await store.submit(job);
    for (let i = 0; i < 2; i++) {
      const lease = (await leaseOf(store, ["m"]))!;
      // What is given up is there for the next try at once, without any lease that has to run out.
      expect([await store.release(lease), await store.release(lease)]).toEqual([true, false]);
      expect((await store.job(job.id))!.status).toBe("APPROVED");
    }
    expect(await leaseOf(store, ["m"])).toBeDefined();
    await place.age(16);
    await store.expire();
    expect(await leaseOf(store, ["m"])).toBeUndefined();
    expect(await store.job(job.id)).toMatchObject({ status: "ERROR", problem: { reason: "JOB_POISON" } });
  });

  test("a worker that waits is given what is submitted, in its turn, as far as its key may run", async () => {
    const store = await open({ running: 2 });
    const told: string[] = [];
    store.listen(({ status }) => void told.push(status));
    const given: Leased[][] = [];
    const bytes = new Uint8Array([1, 2, 3]);
    const idle = { most: 1, give: (leases: readonly Leased[]) => void given.push([...leases]) };
    const [one, two, three] = [some(), some(), some()];
    await store.submit(one);
    // Who came first is first.
    expect(await store.submit({ ...two, program: bytes }, idle)).toBe("new");
    expect(given.pop()).toEqual([{ job: one.id, model: "m", attempt: 1, hash: one.hash }]);
    expect(await store.submit({ ...two, program: bytes }, idle)).toBe("same");
    expect(given.pop()).toEqual([{ job: two.id, model: "m", attempt: 1, hash: two.hash, program: bytes }]);
    expect(await store.submit(three, idle)).toBe("new");
    expect(given.pop()).toEqual([]);
    expect(told.join(" ")).toBe("RECEIVED APPROVED RECEIVED APPROVED RUNNING RUNNING RECEIVED APPROVED");
    expect(await history(store, two.id)).toEqual(["0 RECEIVED", "0 APPROVED", "1 RUNNING"]);
  });

  test("a waiting job is cancelled at once, a running one at its next beat, an ended one not at all", async () => {
    const store = await open();
    const [waiting, running] = [some(), some()];
    await store.submit(running);
    const lease = (await leaseOf(store, ["m"]))!;
    await store.submit(waiting);
    expect(await store.cancel(waiting.id)).toBe(true);
    expect((await store.job(waiting.id))?.status).toBe("CANCELLED");
    expect(await store.cancel(running.id)).toBe(true);
    expect(await store.beat(lease)).toBe("cancel");
    await store.settle(lease, { status: "CANCELLED", text: texts.CANCELLED });
    expect(await store.cancel(running.id)).toBe(false);
    expect(await leaseOf(store, ["m"])).toBeUndefined();
  });

  test("limits hold exactly: jobs that wait of one key and for one model, jobs that run of one key", async () => {
    const store = await open({ waiting: 2, queue: 3, running: 1 });
    expect(await store.submit(some())).toBe("new");
    expect(await store.submit(some())).toBe("new");
    expect(await store.submit(some())).toBe("key full");
    expect(await store.submit(some({ owner: "bob" }))).toBe("new");
    expect(await store.submit(some({ owner: "cy" }))).toBe("model full");
    const leases = [await leaseOf(store, ["m"]), await leaseOf(store, ["m"]), await leaseOf(store, ["m"])];
    const owners = await Promise.all(
      leases.map(async (lease) => lease && (await store.job(lease.job))?.owner),
    );
    expect(owners.filter((owner) => owner).sort()).toEqual(["ada", "bob"]);
  });

  test("who has many jobs waiting does not stand before those who have few", async () => {
    const store = await open({ running: 100 });
    for (let i = 0; i < 30; i++) await store.submit(some({ owner: "greedy" }));
    const few = [some({ owner: "bob" }), some({ owner: "cy" }), some({ owner: "bob" })];
    for (const job of few) await store.submit(job);
    expect(await store.position(few[2]!.id)).toBeLessThan(8);
    const order: string[] = [];
    for (let lease: Lease | undefined; (lease = await leaseOf(store, ["m"])); ) order.push(lease.job);
    for (const { id } of few) expect(order.indexOf(id)).toBeLessThan(8);
    expect(order).toHaveLength(33);
  });

  test("ten keys that keep 1, 5 or 20 jobs waiting get the same share, and nobody waits for ever", async () => {
    const store = await open({ running: 100 });
    const loads = [1, 1, 1, 1, 5, 5, 5, 20, 20, 20];
    const submit = (user: number) => store.submit(some({ owner: `user ${user}` }));
    for (const [user, load] of loads.entries()) for (let i = 0; i < load; i++) await submit(user);
    const served = loads.map(() => 0);
    for (let i = 0; i < 60; i++) {
      const lease = (await leaseOf(store, ["m"]))!;
      const user = Number((await store.job(lease.job))!.owner.slice(5));
      await store.settle(lease, completed);
      served[user]!++;
      await submit(user);
    }
    const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
    const jain = sum(served) ** 2 / (served.length * sum(served.map((one) => one ** 2)));
    expect(jain).toBeGreaterThanOrEqual(0.95);
    expect(Math.min(...served)).toBeGreaterThan(4);
  });

  test("workers are listed as long as they are heard of; one is told, once, to end", async () => {
    const store = await open();
    expect(await store.seen("w", ["m"])).toBe(false);
    expect(await store.workers()).toMatchObject([{ name: "w", models: ["m"], drained: false }]);
    expect([await store.drain("w"), await store.drain("nobody")]).toEqual([true, false]);
    expect(await store.workers()).toMatchObject([{ name: "w", drained: true }]);
    expect([await store.seen("w", ["m"]), await store.seen("w", ["n"])]).toEqual([true, false]);
    expect(await store.workers()).toMatchObject([{ name: "w", models: ["n"], drained: false }]);
  });

  test("what ended long ago is forgotten, with the blobs that nothing else uses", async () => {
    const store = await open();
    const [old, kept] = [some({ hash: "a" }), some({ hash: "b" })];
    for (const job of [old, kept]) await store.submit(job);
    await store.settle((await leaseOf(store, ["m"]))!, {
      ...completed,
      result: { bytes: 1, sha256: "shared" },
    });
    await place.age(0);
    const second = (await leaseOf(store, ["m"]))!;
    expect(await store.prune(Date.now() - 1e6)).toEqual([]);
    expect(await store.prune(Date.now() + 1e6)).toEqual(["a", "shared"]);
    expect(await store.job(old.id)).toBeUndefined();
    // RECEIVED, APPROVED and RUNNING of the one that is left.
    expect(await place.lines()).toBeOneOf([3, undefined]);
    expect(await store.settle(second, completed)).toBe(true);
  });

  test("when the clock jumps, forwards or back, no job is lost and none ends twice", async () => {
    const store = await open({ lease: 15 });
    const job = some();
    await store.submit(job);
    const first = (await leaseOf(store, ["m"]))!;
    await place.age(3600);
    await store.expire();
    expect(await store.settle(first, completed)).toBe(false);
    const second = (await leaseOf(store, ["m"]))!;
    // Back: the last beat is of the future. Whoever runs it goes on, and who is gone is missed in time.
    await place.age(-3600);
    await store.expire();
    expect(await store.beat(second)).toBe("go");
    await place.age(-3600);
    await store.expire();
    await place.age(16);
    await store.expire();
    expect(await store.beat(second)).toBe("lost");
    const third = (await leaseOf(store, ["m"]))!;
    expect([await store.settle(second, completed), await store.settle(third, completed)]).toEqual([
      false,
      true,
    ]);
    expect((await history(store, job.id)).filter((line) => /COMPLETED/.test(line))).toEqual(["3 COMPLETED"]);
  });

  test("a tier has limits of its own: jobs that wait and run, their share, and seconds in a day", async () => {
    const large = { waiting: 4, running: 3, weight: 2, daily: 10 };
    const store = await open({ waiting: 4, running: 9, tiers: { large } });
    const ada = [some(), some(), some(), some()];
    const bob = ada.map(() => some({ owner: "bob", tier: "large" }));
    for (const job of [...ada, ...bob]) expect(await store.submit(job)).toBe("new");
    expect(await store.submit(some({ owner: "bob", tier: "large" }))).toBe("key full");
    const leases = await store.lease(["m"], 3);
    const owners: string[] = [];
    for (const next of [...leases, ...(await store.lease(["m"], 9))])
      owners.push((await store.job(next.job))!.owner);
    // Two of bob's for one of ada's; his fourth may not run beside the other three.
    expect(owners.join(" ")).toBe("ada bob bob ada bob ada ada");
    const lease = leases[1]!;
    expect(await store.settle(lease, { ...completed, seconds: 9.5 })).toBe(true);
    expect(await store.settle(lease, { ...completed, seconds: 9.5 })).toBe(false);
    expect(await store.submit(some({ owner: "bob", tier: "large" }))).toBe("new");
    expect(await store.settle(leases[2]!, { ...completed, seconds: 0.5 })).toBe(true);
    expect([await store.used("bob"), await store.used("ada")]).toEqual([10, 0]);
    expect(await store.submit(some({ owner: "bob", tier: "large" }))).toBe("day full");
    expect(await store.submit(some({ owner: "eve", tier: "large" }))).toBe("new");
  });

  test("what is small stands with its job: the program, and the result with the last event", async () => {
    const store = await open();
    const heard: unknown[] = [];
    const stop = store.listen(({ event }) => event && heard.push(event));
    const job = some();
    expect(await store.submit({ ...job, program: Uint8Array.of(1, 0, 255) })).toBe("new");
    const [lease] = await store.lease(["m"]);
    expect(Array.from(lease!.program!)).toEqual([1, 0, 255]);
    const made = Uint8Array.of(7, 0, 200);
    await store.settle(lease!, { ...completed, result: { bytes: 3, sha256: "r" }, made });
    const events = await store.events(job.id, 0);
    expect(events.at(-1)).toMatchObject({ status: "COMPLETED", result: { bytes: 3, sha256: "r" } });
    expect([...events.at(-1)!.made!, ...(await store.made(job.id))!]).toEqual([...made, ...made]);
    expect(heard).toHaveLength(4);
    expect(heard.map((event) => ({ ...(event as object), made: undefined }))).toEqual(
      events.map((event) => ({ ...event, made: undefined })),
    );
    stop();
  });

  test("of several that come and end together each has its own bytes, or none", async () => {
    const store = await open({ running: 10 });
    const bytes = [Uint8Array.of(1, 2), undefined, Uint8Array.of(9), Uint8Array.of(255, 0, 3)];
    const jobs = bytes.map((program) => some(program && { program }));
    await Promise.all(jobs.map((job) => store.submit(job)));
    const leases = await store.lease(["m"], 4);
    const of = (id: string): Leased => leases.find(({ job }) => job === id)!;
    expect(jobs.map(({ id }) => of(id).program)).toEqual(bytes);
    await Promise.all(
      jobs.map(({ id }, i) =>
        store.settle(of(id), {
          ...completed,
          ...(bytes[i] && { result: { bytes: bytes[i].length, sha256: "r" }, made: bytes[i] }),
        }),
      ),
    );
    expect(await Promise.all(jobs.map(({ id }) => store.made(id)))).toEqual(bytes);
  });

  test("keys are added, listed and removed; listeners hear of jobs", async () => {
    const store = await open();
    const { key } = newKey("submit", "ada");
    await store.addKey(key);
    expect(await store.key(key.id)).toEqual(key);
    expect(await store.keys()).toEqual([key]);
    const heard: string[] = [];
    const stop = store.listen(({ job }) => heard.push(job));
    const job = some();
    await store.submit(job);
    await expect.poll(() => heard).toContain(job.id);
    stop();
    expect([await store.removeKey(key.id), await store.removeKey(key.id)]).toEqual([true, false]);
  });
});

test("on PGlite the room of jobs that are forgotten is taken by the next ones", async () => {
  const database = await openPglite(join(folder, "room"));
  const store = await PostgresStore.open(database);
  const taken = async (): Promise<number> => {
    await database.query(
      `INSERT INTO nnsight_job (id, owner, model, hash, status, turn, ended)
       SELECT gen_random_uuid(), 'o', 'm', repeat('h', 64), 'COMPLETED', 0, now() FROM generate_series(1, 3000)`,
    );
    const [row] = await database.query("SELECT pg_table_size('nnsight_job')::int AS size");
    await store.prune(Date.now() + 60_000);
    // Counts of rows are told once a second; the next look sees what is gone.
    await database.query("SELECT pg_stat_force_next_flush()");
    await store.prune(0);
    return Number(row!["size"]);
  };
  try {
    const [first, ...later] = [await taken(), await taken(), await taken()];
    expect(later).toEqual([first, first]);
  } finally {
    await store.close();
  }
});

test("in memory a thousand ended jobs are kept, with a gibibyte of what they took and made, the latest ones", async () => {
  const store = new MemoryStore({ running: 1e9 });
  const ended = async (bytes: number, made = 0): Promise<string> => {
    const job = some({ hash: newId(), bytes });
    await store.submit(job);
    const result = { bytes: made, sha256: `made ${job.id}` };
    await store.settle((await leaseOf(store, ["m"]))!, { ...completed, result });
    return job.id;
  };
  const known = async (ids: readonly string[]): Promise<boolean[]> =>
    Promise.all(ids.map(async (id) => (await store.job(id)) !== undefined));
  const large = [await ended(2 ** 29), await ended(0, 2 ** 29), await ended(1)];
  const waiting = some({ bytes: 2 ** 30 });
  await store.submit(waiting);
  expect(await store.prune(0)).toHaveLength(2);
  expect(await known([...large, waiting.id])).toEqual([false, true, true, true]);
  await store.cancel(waiting.id);
  const many: string[] = [];
  for (let i = 0; i < 1001; i++) many.push(await ended(0));
  await store.prune(0);
  expect(await known([large[2]!, many[0]!, many[1]!, many.at(-1)!])).toEqual([false, false, true, true]);
});

// The folder of the tests on PGlite: making a new one takes seconds.
test("a folder has one service; what was acknowledged is there after it, and a dead one's lock does not hold", async () => {
  const store = await openEmbedded(join(folder, "jobs"));
  const job = some({ model: "of a folder" });
  await store.submit(job);
  await expect(openEmbedded(join(folder, "jobs"))).rejects.toThrow(
    `in use by the service of process ${process.pid}`,
  );
  await store.close();
  // Of a process that is no more, as this one has begun at another time.
  writeFileSync(join(folder, "jobs.lock"), `${process.pid} 0`);
  const again = await openEmbedded(join(folder, "jobs"));
  expect(await leaseOf(again, [job.model])).toEqual({ job: job.id, model: job.model, attempt: 1 });
  await again.close();
});

test("a PostgreSQL that goes away in the midst of a transaction fails it, and nothing else", async () => {
  const database = await openServer(postgres!.url);
  try {
    const cut = database.transaction(async (sql) => {
      const [row] = await sql.query("SELECT pg_backend_pid() AS pid");
      await database.query("SELECT pg_terminate_backend($1)", [row!["pid"]]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await sql.query("SELECT 1");
    });
    await expect(cut).rejects.toThrow();
    expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  } finally {
    await database.close();
  }
});
