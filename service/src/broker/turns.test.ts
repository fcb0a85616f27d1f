/** Workers that wait: who is given a job that comes, and what becomes of it when he has gone meanwhile. */
import { expect, test } from "vitest";
import { MemoryStore } from "../store/memory.ts";
import { Turns } from "./turns.ts";

const job = (n: number) => ({ id: `job-${n}`, owner: "o", model: "m", hash: "h" });
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const long = (): number => performance.now() + 60_000;

/** A store and who waits for its jobs; those that wait have asked once before. */
async function waiting(count: number) {
  const store = new MemoryStore();
  const turns = new Turns(store);
  const gone = Array.from({ length: count }, () => new AbortController());
  const next = gone.map(({ signal }) => turns.next(["m"], 1, long(), signal));
  await soon();
  return { store, turns, gone, next };
}

test("who has waited longest is given the job; who is not waiting is not asked", async () => {
  const { store, turns, gone, next } = await waiting(2);
  const leases = await Promise.all(
    [1, 2].map(async (n) => {
      await store.submit(job(n), turns.idle("m"));
      return (await next[n - 1]!)[0]?.job;
    }),
  );
  expect(leases).toEqual(["job-1", "job-2"]);
  expect([turns.idle("m"), turns.idle("other")]).toEqual([undefined, undefined]);
  for (const one of gone) one.abort();
});

test("a job that was to be given to one who has gone is there for the next one at once", async () => {
  const { store, turns, gone, next } = await waiting(1);
  const idle = turns.idle("m");
  gone[0]!.abort();
  expect(await next[0]).toEqual([]);
  await store.submit(job(1), idle);
  const [lease] = await turns.next(["m"], 1, long(), new AbortController().signal);
  expect(lease).toMatchObject({ job: "job-1", attempt: 2 });
});

test("a submission that fails leaves the worker waiting", async () => {
  const { store, turns, gone, next } = await waiting(1);
  turns.idle("m")!.give([]);
  await soon();
  await store.submit(job(1), turns.idle("m"));
  expect(await next[0]).toMatchObject([{ job: "job-1", attempt: 1 }]);
  gone[0]!.abort();
});
