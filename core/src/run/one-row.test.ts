/** One row is multiplied with weights in the blocks of their GGUF file, touched or not; more rows with the same in float32. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { distance } from "../../goldens/small.ts";
import { CONFIG, LanguageModel, type Tensor } from "../index.ts";
import { local } from "../model/nnsight.ts";
import { allNodes } from "../onnx/graph.ts";

const prompt = [3, 7, 1, 30, 22];
const options = { maxNewTokens: 4, eos: [] };

let lm: LanguageModel;
beforeEach(async () => {
  vi.stubEnv("NNSIGHT_CACHE", scratchFolder());
  CONFIG.APP.MEMO = false;
  // Its weights are in blocks of 4 and 8 bits and as floats, in turns.
  lm = await LanguageModel.load(golden("tiny.gguf"), { progress: () => undefined });
  return () => {
    CONFIG.APP.MEMO = true;
  };
});

/** How many products with blocks each call of ONNX Runtime has, and what the body gives. */
async function ran<T>(body: () => PromiseLike<T>) {
  const runs = vi.spyOn(local.sessions, "run");
  const made = await body();
  const products = runs.mock.calls.map(
    ([{ graph }]) => allNodes(graph).filter(({ operator }) => operator === "MatMulNBits").length,
  );
  runs.mockRestore();
  return { made, products };
}

/** The logits of each step. @param change what is done to the first block's output in each step */
const steps = (model: LanguageModel, change?: (output: Tensor) => void): PromiseLike<Tensor[]> =>
  model.generate(prompt, options, (tracer) => {
    const all: Tensor[] = [];
    tracer.iter.all(() => {
      if (change) change(model.model.layers[0]!.output[0]);
      all.push(model.output.logits.at(":", -1));
    });
    return all;
  });

interface Weights {
  stateDict(): Record<string, Tensor>;
  loadStateDict(state: Record<string, Tensor>): unknown;
}
const weightsOf = (model: object): Weights => model as Weights;

/** The same numbers, of which none are in blocks. */
function inFloats(): LanguageModel {
  const other = LanguageModel.random(lm.config as never) as LanguageModel;
  const numbers = Object.entries(weightsOf(lm).stateDict()).map(([name, value]) => [name, value.mul(1)]);
  weightsOf(other).loadStateDict(Object.fromEntries(numbers));
  return other;
}

test("each step after the prompt reads blocks, and gives what float32 gives", async () => {
  const { made, products } = await ran(() => steps(lm));
  const plain = await ran(() => steps(inFloats()));
  expect(plain.products.every((count) => count === 0)).toBe(true);
  expect(products.filter((count) => count > 0).length).toBeGreaterThanOrEqual(options.maxNewTokens - 1);
  for (const [i, logits] of made.entries()) {
    const largest = logits.abs().max().item() as number;
    expect(distance(logits, plain.made[i]!) / largest).toBeLessThan(1e-5);
  }
});

test("what is touched computes with the same, to the same bits", async () => {
  const untouched = await ran(() => steps(lm));
  const touched = await ran(() => steps(lm, (output) => void output.mul_(1)));
  expect(touched.made.map((one) => one.toArray())).toEqual(untouched.made.map((one) => one.toArray()));
  expect(touched.products.filter((count) => count > 0).length).toBeGreaterThan(
    untouched.products.filter((count) => count > 0).length,
  );
});

describe("more rows are multiplied with float32", () => {
  test.each([
    ["positions", () => lm.trace(prompt, () => lm.output.logits)],
    ["prompts", () => lm.generate([prompt, prompt], options, () => lm.generator.output)],
    ["a prompt", () => lm.generate(prompt, { ...options, maxNewTokens: 1 }, () => lm.generator.output)],
  ])("of %s", async (_, body) => {
    const { products } = await ran<Tensor>(body);
    expect(products.every((count) => count === 0)).toBe(true);
  });
});

test("a weight that was changed is read as it is now", async () => {
  const before = await steps(lm);
  const weights = weightsOf(lm).stateDict();
  const name = "model.layers.1.mlp.up_proj.weight";
  weightsOf(lm).loadStateDict({ ...weights, [name]: weights[name]!.mul(0) });
  const [after, plain] = [await steps(lm), await steps(inFloats())];
  expect(distance(after.at(-1)!, before.at(-1)!)).toBeGreaterThan(1e-3);
  for (const [i, logits] of after.entries()) expect(distance(logits, plain[i]!)).toBeLessThan(1e-4);
});
