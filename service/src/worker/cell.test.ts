/** A child process with several runs at its door: each ends once, whatever becomes of the one before it. */
import { statSync } from "node:fs";
import { defaultAdmission } from "nnsight-ts/remote";
import { afterAll, beforeAll, expect, test } from "vitest";
// As it was built: it starts a process of a file beside it.
import { Cell, discard } from "../../dist/worker/cell.js";
import { model } from "../testing/process.ts";
import { submissionBytes } from "../testing/submission.ts";

const cell = new Cell(model, { limits: defaultAdmission, memory: 8 * 2 ** 30 });
let small: Uint8Array<ArrayBuffer>;
let large: Uint8Array<ArrayBuffer>;
/** Takes long enough for what happens meanwhile. */
let long: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  [small, large] = [await submissionBytes(model), await submissionBytes(model, 200)];
  long = await submissionBytes(model, 8000);
  await cell.load();
}, 60_000);
afterAll(() => cell.close());

const begun: string[] = [];
const run = (id: string, program = small, then = (): void => undefined) =>
  cell.run(id, program, {
    log: () => undefined,
    begun() {
      begun.push(id);
      then();
    },
  });

test("runs end in their order, more are taken ahead when they are short; large results go by a file", async () => {
  expect(cell.ahead).toBe(1);
  const ran = await Promise.all([run("a"), run("b", large), ...[..."cdefgh"].map((id) => run(id))]);
  expect(ran.map(({ kind }) => kind)).toEqual(Array(8).fill("done"));
  expect(begun.join("")).toBe("abcdefgh");
  // A machine with other work to do takes longer for the first ones.
  for (let i = 0; i < 100 && cell.ahead === 1; i++) await run("short");
  expect(cell.ahead).toBeGreaterThan(1);
  const [few, many] = ran.map((one) => (one.kind === "done" ? one.made : ""));
  expect([few instanceof Uint8Array, typeof many]).toEqual([true, "string"]);
  expect(statSync(many as string).size).toBeGreaterThan(200 * 576 * 4);
  await discard(ran[1]!);
  expect(() => statSync(many as string)).toThrow("ENOENT");
});

test("when the process dies of one run, those behind it run in the next process", async () => {
  const kill = (): void => {
    cell.kill("TEST", "j");
    cell.kill("TEST", "i");
  };
  const [first, second, third] = [run("i", long, kill), run("j"), run("k")];
  expect(await first).toEqual({ kind: "died", by: "TEST" });
  expect([(await second).kind, (await third).kind]).toEqual(["done", "done"]);
});

test("a run that is stopped while it waits does not begin; the others do", async () => {
  const [first, second, third] = [run("l", long, () => cell.stop("m")), run("m"), run("n")];
  expect((await second).kind).toBe("failed");
  expect([(await first).kind, (await third).kind]).toEqual(["done", "done"]);
});

test("a process that takes more memory than it may is ended, and the next run has a new one", async () => {
  const tight = new Cell(model, { limits: defaultAdmission, memory: 2 ** 20 });
  try {
    await tight.load();
    const told = { log: () => undefined, begun: () => undefined };
    const runs = [tight.run("o", small, told), tight.run("p", small, told)];
    const died = { kind: "died", by: "MEMORY_LIMIT" };
    expect(await Promise.all(runs)).toEqual([died, died]);
  } finally {
    tight.close();
  }
});
