/** A leased job from its begin to its end, with a child and a broker that say what the test wants. */
import { pino } from "pino";
import { expect, test } from "vitest";
import type { Cell, Ran, Told } from "./cell.ts";
import { runLease } from "./errand.ts";
import type { Leased, Line } from "./line.ts";

const lease: Leased = { id: "j.1", job: "j", model: "m", attempt: 1, beat: 5, program: new Uint8Array() };
const later = (ms = 20) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Scene {
  /** What the child does. */
  run(told: Told, stopped: Promise<void>): Promise<Ran>;
  /** What the broker answers to a beat. */
  order?: () => string;
  readonly seconds?: number;
}

/** What was told to the broker: lines, and the end if there was one. */
async function told({ run, order = () => "go", seconds = 60 }: Scene) {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const cell = {
    run: (_id: string, _program: Uint8Array, said: Told) => run(said, stopped),
    stop,
    kill: () => undefined,
  };
  const lines: string[] = [];
  const ends: unknown[] = [];
  const line = {
    async beat(_: Leased, said: readonly string[]) {
      lines.push(...said);
      return order();
    },
    async end(_: Leased, { seconds: __, ...end }: { readonly seconds?: number }) {
      ends.push(end);
    },
    async release() {
      ends.push("released");
    },
  };
  const log = pino({ level: "silent" });
  const options = { line: line as unknown as Line, log, seconds, memory: 2 ** 30 };
  await runLease(cell as unknown as Cell, lease, options);
  return { lines, ends };
}

const done: Ran = { kind: "done", made: new Uint8Array() };
const stoppedRun: Ran = { kind: "failed", problem: { code: "INTERRUPT", reason: "", message: "stopped" } };

test("lines come in their order and all of them before the end", async () => {
  const run = async ({ log }: Told): Promise<Ran> => {
    for (let i = 0; i < 1200; i++) log(String(i));
    return done;
  };
  const { lines, ends } = await told({ run });
  expect(lines).toEqual(Array.from({ length: 1200 }, (_, i) => String(i)));
  expect(ends).toEqual([{ status: "COMPLETED" }]);
});

test("a job that is cancelled stops and ends as cancelled; one whose lease is lost ends nowhere", async () => {
  const run = async (_: Told, stopped: Promise<void>): Promise<Ran> => stopped.then(() => stoppedRun);
  expect((await told({ run, order: () => "cancel" })).ends).toEqual([{ status: "CANCELLED" }]);
  expect((await told({ run, order: () => "lost" })).ends).toEqual([]);
});

test("the time of a job counts from its turn on, and its end says the limit", async () => {
  const run = async ({ begun }: Told, stopped: Promise<void>): Promise<Ran> => {
    begun();
    return stopped.then(() => stoppedRun);
  };
  const message = "the job ran longer than 0.01 seconds, which is the limit. Run it in parts.";
  const problem = { code: "REMOTE", reason: "TIME_LIMIT", message };
  expect((await told({ run, seconds: 0.01 })).ends).toEqual([{ status: "ERROR", problem }]);
  const waits = async (): Promise<Ran> => later().then(() => done);
  expect((await told({ run: waits, seconds: 0.001 })).ends).toEqual([{ status: "COMPLETED" }]);
});

test("a child that dies of its memory ends the job; one that dies otherwise gives it to the next try at once", async () => {
  const dies = (by: string) => told({ run: async () => ({ kind: "died", by }) });
  const message =
    "the job took more than 1.0 GiB of memory, which is the limit. Save less, or use fewer prompts at once.";
  expect((await dies("MEMORY_LIMIT")).ends).toEqual([
    { status: "ERROR", problem: { code: "REMOTE", reason: "MEMORY_LIMIT", message } },
  ]);
  expect((await dies("SIGABRT")).ends).toEqual(["released"]);
  expect((await dies("STOPPED")).ends).toEqual([]);
  const unloadable = async (): Promise<Ran> => {
    throw new Error("no such file");
  };
  expect((await told({ run: unloadable })).ends).toMatchObject([
    { status: "ERROR", problem: { reason: "LOADING", message: "the model cannot be opened: no such file" } },
  ]);
});
