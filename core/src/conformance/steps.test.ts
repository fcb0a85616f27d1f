/** NNsight's own tests of version 0.7 (7-…): steps of generation, calls of one forward, operations in each step, errors. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { distance, smallLlama } from "../../goldens/small.ts";
import { input, tiny } from "../../goldens/tiny.ts";
import { LanguageModel, NNsight, nn, ops, resetContexts, type Tensor } from "../index.ts";

beforeEach(() => resetContexts());

const lm = LanguageModel.random({ ...smallLlama, num_key_value_heads: 4 }, { seed: 9 });
const ids = [3, 17, 5];
const best = (): Tensor => lm.lm_head.output.at(0, -1).argmax(-1);
const numbers = (all: readonly Tensor[]): number[] => all.map((one) => Number(one.item()));
const options = { maxNewTokens: 5, eos: [] };
const newOnes = async (): Promise<number[]> =>
  ((await lm.generate(ids, options, () => lm.generator.output)).toArray() as number[][])[0]!.slice(3);

describe("steps", () => {
  test("7-062, 7-104: all of them, in two ways", async () => {
    const made = await newOnes();
    expect(numbers(await lm.generate(ids, options, (tracer) => tracer.iter.all(best)))).toEqual(made);
    expect(numbers(await lm.generate(ids, options, () => lm.all(best)))).toEqual(made);
    expect(numbers(await lm.generate(ids, options, (tracer) => tracer.iter(":", best)))).toEqual(made);
  });

  test("7-063: in block form", async () => {
    const list: Tensor[] = [];
    {
      await using tracer = lm.generate(ids, options);
      for (const _ of tracer.iter.all()) list.push(best().save());
    }
    expect(numbers(list)).toEqual(await newOnes());
  });

  test("7-064, 7-065, 7-103, 7-069: a slice is its steps one by one; a plain read before it is of step 0", async () => {
    const made = await newOnes();
    const { first, slice, single } = await lm.generate(ids, options, (tracer) => ({
      first: best(),
      slice: tracer.iter("1:3", best),
      single: [1, 2].flatMap((step) => tracer.iter(step, best)),
    }));
    expect(Number(first.item())).toBe(made[0]);
    expect(numbers(slice)).toEqual(made.slice(1, 3));
    expect(numbers(single)).toEqual(made.slice(1, 3));
  });

  test("7-066, 7-070, 7-105, 7-106, 7-161: other steps in each invoke", async () => {
    const { a, b, outputs } = await lm.generate(options, (tracer) => {
      const a = tracer.invoke(ids, () => tracer.iter("0:2", best));
      const b = tracer.invoke([8, 2, 9, 11], () => tracer.iter.all(best));
      return { a, b, outputs: tracer.invoke(() => lm.generator.output) };
    });
    const rows = outputs.toArray() as number[][];
    expect(numbers(a)).toEqual(rows[0]!.slice(4, 6));
    expect(numbers(b)).toEqual(rows[1]!.slice(4));
  });

  test("7-067, 7-129: a skip in one step alone, and steps that are left out", async () => {
    const made = await lm.generate(ids, options, (tracer) => {
      tracer.iter(1, () => lm.model.layers[1]!.skip(lm.model.layers[1]!.input));
      return tracer.iter([0, 1, 3], () => ({
        before: lm.model.layers[1]!.input,
        after: lm.model.layers[1]!.output[0],
      }));
    });
    expect(made.map(({ before, after }) => distance(before, after) === 0)).toEqual([false, true, false]);
  });

  test("7-068: an edit in an invoke without input is seen by all that come after it", async () => {
    const { a, b } = await lm.generate(options, (tracer) => {
      tracer.invoke(ids, () => undefined);
      const a = tracer.invoke(() => lm.model.layers[0]!.output[0]);
      tracer.invoke(() => void lm.model.layers[0]!.output[0].fill(0));
      return { a, b: tracer.invoke(() => lm.model.layers[0]!.output[0]) };
    });
    expect(Number(a.abs().max().item())).toBeGreaterThan(0);
    expect(Number(b.abs().max().item())).toBe(0);
  });

  test("7-099, 7-100, 7-101, 7-102, 7-153: steps that never come are told; what stands after the loop runs", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const [stop] = await newOnes();
    const { list, after } = await lm.generate(ids, { maxNewTokens: 5, eos: [stop!] }, (tracer) => ({
      list: tracer.iter("0:3", (step) => [step, lm.model.norm.output] as const),
      after: lm.generator.output,
    }));
    expect(list.map(([step]) => step)).toEqual([0]);
    expect(after.shape).toEqual([1, 4]);
    expect(warn.mock.calls.flat().join()).toContain("1");
    warn.mockRestore();
  });
});

describe("operations in each step", () => {
  const { mlp } = lm.model.layers[1]!;

  test("7-123, 7-124, 7-125, 7-126, 7-110: results and operands, at all steps and at some", async () => {
    const { all, operands, some } = await lm.generate(ids, options, (tracer) => ({
      all: tracer.iter.all(() => mlp.source["mul_0"]!.output as Tensor),
      operands: tracer.iter.all(() => mlp.source["mul_0"]!.input),
      some: tracer.iter("2:4", () => mlp.source["mul_0"]!.output as Tensor),
    }));
    expect(all.map(({ shape }) => shape[1])).toEqual([3, 1, 1, 1, 1]);
    expect(operands.map(({ shape }) => shape[1])).toEqual([3, 1, 1, 1, 1]);
    expect([distance(some[0]!, all[2]!), distance(some[1]!, all[3]!)]).toEqual([0, 0]);
  });

  test("7-127, 7-128: one that is written, and one in the source of another, at each step", async () => {
    const { outputs, nested } = await lm.generate(ids, options, (tracer) => {
      tracer.iter.all(() => void mlp.source["mul_0"]!.output.fill(0));
      return {
        outputs: tracer.iter.all(() => mlp.output),
        nested: tracer.iter.all(() => lm.model.layers[1]!.source["mlp_0"]!.source["mul_0"]!.output as Tensor),
      };
    });
    for (const one of [...outputs, ...nested]) expect(Number(one.abs().max().item())).toBe(0);
  });
});

describe("a module that one forward calls several times", () => {
  class Thrice extends nn.Module {
    step = new nn.Linear(4, 4);
    forward(x: Tensor): Tensor {
      return this.step(this.step(this.step(x)));
    }
  }
  const net = new NNsight(new Thrice());
  const x = ops.ones(1, 4);

  test("7-094, 7-095, 7-096: each call is read, and one is changed", async () => {
    const all = await net.trace(x, () => [0, 1, 2].map((i) => net.step.calls[i]!.output));
    const own = net.step as unknown as (x: Tensor) => Tensor;
    expect(distance(all[1]!, own(all[0]!))).toBeLessThan(1e-6);
    const { third, output } = await net.trace(x, () => {
      net.step.calls[1]!.output = net.step.calls[1]!.output.mul(0);
      return { third: net.step.calls[2]!.input, output: net.output };
    });
    expect(Number(third.abs().max().item())).toBe(0);
    expect(distance(output, all[2]!)).toBeGreaterThan(0);
  });
});

describe("errors", () => {
  test("7-113, 7-145: a trace without an input", async () => {
    await expect(tiny.trace(() => tiny.layer1.output)).rejects.toThrow("Open an invoke first");
  });

  test("7-133, 7-144, 7-165: a module that is not there", async () => {
    const run = tiny.trace(input, () => (tiny as unknown as { layer3: { output: Tensor } }).layer3.output);
    await expect(run).rejects.toMatchObject({ code: "ATTRIBUTE" });
  });

  test("7-132, 7-134, 7-163, 7-148: an index beyond the end keeps its class and names its place", async () => {
    const run = tiny.trace(input, () => {
      tiny.layer1.output.save();
      return tiny.layer1.output.at(0, 99);
    });
    await expect(run).rejects.toMatchObject({ code: "INDEX" });
    await expect(lm.trace(ids, () => lm.model.layers[7]!.output)).rejects.toThrow("there is no [7]");
  });

  test("7-137, 7-139, 7-140, 7-149: in an invoke, a function, a backward pass, a condition", async () => {
    const wrong = (): never => {
      throw new RangeError("mine");
    };
    await expect(tiny.trace((tracer) => tracer.invoke(input, wrong))).rejects.toThrow("mine");
    await expect(tiny.trace(input, () => [1].map(wrong))).rejects.toThrow("mine");
    await expect(tiny.trace(input, (tracer) => tracer.cond(true, wrong))).rejects.toThrow("mine");
    const pass = tiny.trace(input, () => {
      tiny.output.backward();
    });
    await expect(pass).rejects.toThrow("backward() begins with one number");
  });

  test("7-152: an invoke in an invoke", async () => {
    const run = tiny.trace((tracer) => tracer.invoke(input, () => tracer.invoke(input, () => undefined)));
    await expect(run).rejects.toThrow("invoke");
  });

  test("7-166: a prompt without tokens", async () => {
    await expect(lm.trace([], () => lm.output.logits)).rejects.toThrow("give at least one");
  });
});
