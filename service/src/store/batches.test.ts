/** Questions that come together are answered together, in their order; a failure is everybody's of its batch. */
import { expect, test } from "vitest";
import { Batches } from "./batches.ts";

test("what comes while one batch is under way goes in the next, no more than so many", async () => {
  const batches: (readonly number[])[] = [];
  const squares = new Batches<number, number>(async (some) => {
    batches.push(some);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return some.map((n) => n * n);
  }, 3);
  const first = squares.ask(1);
  await Promise.resolve();
  await Promise.resolve();
  const others = [2, 3, 4, 5].map((n) => squares.ask(n));
  expect(await Promise.all([first, ...others])).toEqual([1, 4, 9, 16, 25]);
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
});

test("after a failure the next batch is run", async () => {
  let fail = true;
  const asked = new Batches<number, number>(async (some) => {
    if (fail) throw new Error("away");
    return some;
  });
  const answers = await Promise.allSettled([asked.ask(1), asked.ask(2)]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fail = false;
  expect(await asked.ask(3)).toBe(3);
});
