/** Of a large product that lies in a file only the numbers that are read are computed. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { scratchFolder } from "../../goldens/files.ts";
import { distance, smallLlama } from "../../goldens/small.ts";
import { CONFIG, LanguageModel, loadTensors, NNsight, nn, ops, saveTensors, type Tensor } from "../index.ts";
import type { Host } from "../tensor/host.ts";

const VOCABULARY = 2 ** 14;
const ids = [3, 7, 1, 30, 22];
const folder = mkdtempSync(join(tmpdir(), "nnsight-"));
let lm: LanguageModel;

beforeAll(async () => {
  const config = { ...smallLlama, vocab_size: VOCABULARY, initializer_range: 0.3 };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const drawn = LanguageModel.random(config);
  await saveTensors(join(folder, "model.safetensors"), Object.fromEntries(drawn.namedParameters()));
  lm = await LanguageModel.load(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  CONFIG.APP.MEMO = false;
});
afterEach(() => {
  CONFIG.APP.MEMO = true;
});

/** What a body gives, and whether the head was run whole. */
async function run(body: () => Tensor[]): Promise<[Tensor[], boolean]> {
  const tracer = lm.trace(ids);
  const made = body().map((one) => one.save());
  await tracer.close();
  return [made, tracer.report().pieces.some(({ piece }) => piece === "lm_head")];
}

const cases: [string, (logits: Tensor) => Tensor, boolean][] = [
  ["one number", (logits) => logits.at(0, -1, 5), false],
  ["one from the right", (logits) => logits.at(0, -1, -2), false],
  ["some, in their order and twice", (logits) => logits.at(":", -1, [9, 5, 9, -1]), false],
  ["some at all positions", (logits) => logits.at(":", ":", [1, 2]), false],
  ["step by step", (logits) => logits.at(0).at(-1).at(7), false],
  ["a difference", (logits) => logits.at(0, -1).at(5).sub(logits.at(0, -1).at(6)), false],
  ["at two positions", (logits) => logits.at(0, -1, 5).add(logits.at(0, 1, 6)), false],
  ["a list of positions before them", (logits) => logits.at(0, [1, 2], 5), true],
  ["a slice", (logits) => logits.at(0, -1, "2:5"), true],
  ["more than an eighth", (logits) => logits.at(0, -1, [...Array(VOCABULARY / 4).keys()]), true],
  ["what needs all", (logits) => logits.softmax(-1).at(0, -1, 5), true],
  ["one beside what needs all", (logits) => logits.at(0, -1, 5).sub(logits.at(0, -1).logsumexp(-1)), true],
];

test.each(cases)("%s: the same values, the head whole only where it is needed", async (_, read, whole) => {
  const [[all]] = await run(() => [lm.output.logits]);
  const [[part], ran] = await run(() => [read(lm.output.logits)]);
  const expected = read(all!);
  expect(part!.shape).toEqual(expected.shape);
  expect(distance(part!, expected)).toBeLessThan(1e-5);
  expect(ran).toBe(whole);
});

test("what is saved or written whole is whole", async () => {
  const [[one, all], ran] = await run(() => [lm.output.logits.at(0, -1, 5), lm.lm_head.output]);
  expect([distance(one!, all!.at(0, -1, 5)) < 1e-5, all!.shape, ran]).toEqual([
    true,
    [1, 5, VOCABULARY],
    true,
  ]);
  const [[written]] = await run(() => {
    lm.lm_head.output.set([0, -1, 3], 100);
    return [lm.output.logits.at(0, -1, 3)];
  });
  expect(written!.item()).toBe(100);
});

test("the numbers of the weight stay in their file", async () => {
  const read = vi.spyOn(lm.lm_head.weight.state as Host, "data", "get");
  await run(() => {
    lm.output.logits.at(0, -1, 11).backward();
    return [lm.model.norm.output.grad];
  });
  expect(read).not.toHaveBeenCalled();
});

test("gradients go back through the numbers that were read", async () => {
  const [first, last] = [lm.model.layers[0]!, lm.model.layers[1]!];
  const gradients = (loss: (logits: Tensor) => Tensor): Promise<[Tensor[], boolean]> =>
    run(() => {
      loss(lm.output.logits).backward();
      return [first.output[0].grad, last.output[0].grad];
    });
  const [some, narrow] = await gradients((logits) => logits.at(0, -1, 5).sub(logits.at(0, -1, 6)));
  const signs = ops.zeros([VOCABULARY]);
  signs.set([5], 1);
  signs.set([6], -1);
  const [all, whole] = await gradients((logits) => logits.at(0, -1).mul(signs).sum());
  expect([narrow, whole]).toEqual([false, true]);
  for (const [i, one] of some.entries()) {
    expect(one.shape).toEqual(all[i]!.shape);
    expect(distance(one, all[i]!)).toBeLessThan(1e-5);
  }
});

test("a bias goes along, and weights that are put in later count", async () => {
  const at = join(scratchFolder(), "linear.safetensors");
  const drawn = new nn.Linear(32, VOCABULARY);
  await saveTensors(at, { weight: drawn.weight, bias: drawn.bias! });
  const { weight, bias } = await loadTensors(at);
  const layer = Object.assign(new nn.Linear(32, VOCABULARY, { init: "empty" }), { weight, bias });
  const model = new NNsight(new nn.Sequential({ layer }));
  const x = ops.ones([2, 32]).mul(0.5);
  const both = async (): Promise<number> => {
    const whole = await model.trace(x, () => model.output);
    const some = await model.trace(x, () => model.output.at(":", [4, -3]));
    return distance(some, whole.at(":", [4, -3]));
  };
  expect(await both()).toBeLessThan(1e-5);
  const before = await model.trace(x, () => model.output.at(0, 4));
  layer.weight = new nn.Linear(32, VOCABULARY).weight;
  expect(await both()).toBeLessThan(1e-5);
  expect((await model.trace(x, () => model.output.at(0, 4))).item()).not.toBe(before.item());
});
