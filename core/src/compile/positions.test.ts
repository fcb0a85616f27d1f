/** Parts of a model that keep positions apart run only at the positions that are asked for. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { smallLlama } from "../../goldens/small.ts";
import { CONFIG, LanguageModel, type Tensor } from "../index.ts";

const VOCABULARY = 40;
const lm = LanguageModel.random({ ...smallLlama, vocab_size: VOCABULARY, initializer_range: 0.3 });
const ids = [3, 7, 1, 30, 22, 9, 4, 12];

beforeEach(() => {
  CONFIG.APP.MEMO = false;
});
afterEach(() => {
  CONFIG.APP.MEMO = true;
});

/** What a body gives, and how many positions the head was run at. */
async function run<T>(body: () => T): Promise<[T, number]> {
  const tracer = lm.trace(ids);
  const made = body();
  for (const one of [made].flat() as Tensor[]) one.save();
  await tracer.close();
  const bytes = tracer
    .report()
    .pieces.filter(({ piece }) => piece === "lm_head")
    .reduce((sum, piece) => sum + piece.bytes, 0);
  return [made, bytes / 4 / VOCABULARY];
}

const cases: [string, (logits: Tensor) => Tensor, number][] = [
  ["the last", (logits) => logits.at(0, -1), 1],
  ["one from the left", (logits) => logits.at(":", 2), 1],
  ["one from the right", (logits) => logits.at(":", -3, [1, 5]), 1],
  ["a stretch", (logits) => logits.at(":", "2:5"), 3],
  ["the end", (logits) => logits.at(":", "-2:", "1:3"), 2],
  ["the last, after the row", (logits) => logits.at(0).at(-1), 1],
  ["the last of what follows", (logits) => logits.softmax(-1).mul(2).at(0, -1), 1],
  ["the likeliest at the last", (logits) => logits.argmax(-1).at(0, -1), 1],
  ["every second", (logits) => logits.at(":", "::2"), 8],
  ["what mixes them", (logits) => logits.cumsum(1).at(0, -1), 8],
  ["a mask over ids", (logits) => logits.at(0, -1, [...Array(39).fill(false), true]), 8],
  ["a mask over rows and positions", (logits) => logits.at([[...Array(7).fill(false), true]], 3), 8],
  ["a list of them", (logits) => logits.at(0, [1, 2]), 8],
];

test.each(cases)("%s: the same values, the head at no more positions", async (_, read, positions) => {
  const [all] = await run(() => lm.output.logits);
  const [part, count] = await run(() => read(lm.output.logits));
  const expected = read(all);
  expect(part.shape).toEqual(expected.shape);
  expect(part.float().sub(expected.float()).abs().max().item()).toBeLessThan(1e-5);
  expect(count).toBe(positions);
});

test("read at two places it is run at all", async () => {
  const [, count] = await run(() => [lm.output.logits.at(0, -1), lm.output.logits.at(0, 0)]);
  expect(count).toBe(8);
});

test("what is saved whole is whole", async () => {
  const [[last, norm], count] = await run(() => [lm.output.logits.at(0, -1), lm.model.norm.output]);
  expect([last!.shape, norm!.shape, count]).toEqual([[VOCABULARY], [1, 8, 16], 1]);
});

test("invokes of different lengths each get their own last", async () => {
  const rows = await lm.trace((tracer) =>
    [ids, ids.slice(3)].map((prompt) => tracer.invoke(prompt, () => lm.output.logits.at(0, -1))),
  );
  for (const [i, prompt] of [ids, ids.slice(3)].entries()) {
    const alone = await lm.trace(prompt, () => lm.output.logits);
    expect(rows[i]!.sub(alone.at(0, -1)).abs().max().item()).toBeLessThan(1e-5);
  }
});

test("a write into the head's output is made at the place that is read", async () => {
  const [made] = await run(() => {
    lm.lm_head.output.set([0, -1, 3], 100);
    return lm.output.logits.at(0, -1, 3);
  });
  expect(made.item()).toBe(100);
});
