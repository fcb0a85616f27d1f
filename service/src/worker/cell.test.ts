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
beforeAll(async () => {
  [small, large] = [await submissionBytes(model), await submissionBytes(model, 200)];
  await cell.load();
}, 60_000);
afterAll(() => cell.close());

const begun: string[] = [];
const run = (id: string, program = small) =>
  cell.run(id, program, { log: () => undefined, begun: () => void begun.push(id) });

test("runs end in their order, more are taken ahead when they are short; large results go by a file", async () => {
  expect(cell.ahead).toBe(1);
  const ran = await Promise.all([run("a"), run("b", large), ...[..."cdefgh"].map((id) => run(id))]);
  expect(ran.map(({ kind }) => kind)).toEqual(Array(8).fill("done"));
  expect(begun.join("")).toBe("abcdefgh");
  expect(cell.ahead).toBeGreaterThan(1);
  const [few, many] = ran.map((one) => (one.kind === "done" ? one.made : ""));
  expect([few instanceof Uint8Array, typeof many]).toEqual([true, "string"]);
  expect(statSync(many as string).size).toBeGreaterThan(200 * 576 * 4);
  await discard(ran[1]!);
  expect(() => statSync(many as string)).toThrow("ENOENT");
});

test("when the process dies of one run, those behind it run in the next process", async () => {
  const [first, second, third] = [run("i"), run("j"), run("k")];
  // All three stand at its door.
  await expect.poll(() => cell.use.busy).toBe(true);
  cell.kill("TEST", "j");
  cell.kill("TEST", "i");
  expect(await first).toEqual({ kind: "died", by: "TEST" });
  expect([(await second).kind, (await third).kind]).toEqual(["done", "done"]);
});

test("a run that is stopped while it waits does not begin; the others do", async () => {
  const [first, second, third] = [run("l"), run("m"), run("n")];
  await expect.poll(() => cell.use.busy).toBe(true);
  cell.stop("m");
  expect((await second).kind).toBe("failed");
  expect([(await first).kind, (await third).kind]).toEqual(["done", "done"]);
});
