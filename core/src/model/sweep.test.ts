/** A sweep: the values of the naive loop, rows that share calls, labels, and ways to end and to go on. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { distance, smallLlama } from "../../goldens/small.ts";
import {
  CONFIG,
  LanguageModel,
  NNsight,
  nn,
  ops,
  type Prompt,
  type Sweep,
  sweep,
  type Tensor,
} from "../index.ts";
import { local } from "./nnsight.ts";

const lm = LanguageModel.random({ ...smallLlama, num_hidden_layers: 4, initializer_range: 0.3 });
const ids = [3, 7, 1, 30, 22, 9, 4, 12];
const others = ids.with(4, 8);

beforeEach(() => local.memo.clear());
afterEach(() => {
  CONFIG.APP.MEMO = true;
});

/** Each cell by itself, nothing remembered. */
async function naive<T>(made: Sweep<T>, cell: (at: never) => PromiseLike<T>): Promise<T[]> {
  CONFIG.APP.MEMO = false;
  const all: T[] = [];
  for (let place = 0; place < made.size; place++) all.push(await cell(made.cell(place) as never));
  CONFIG.APP.MEMO = true;
  return all;
}

describe("the values of the naive loop", () => {
  const patch =
    (clean: readonly Tensor[], prompt: Prompt) =>
    ({ layer, position }: { layer: number; position: number }) =>
      lm.trace(prompt, () => {
        lm.model.layers[layer]!.output[0].set([":", position], clean[layer]!.at(":", position));
        return lm.output.logits.at(":", -1);
      });

  test.each([
    ["one name differs", others, ids],
    ["all positions differ", ids.map((id) => id + 1), ids],
    ["a batch of two", [others, ids], [ids, ids]],
  ])("residual patching: %s", async (_, source, prompt) => {
    const clean = await lm.trace(source, () => lm.model.layers.map((layer) => layer.output[0]));
    const cell = patch(clean, prompt);
    const made = await sweep({ layer: 4, position: ids.length }, cell);
    for (const [i, value] of (await naive(made, cell)).entries())
      expect(distance(made.values[i]!, value), made.name(i)).toBeLessThan(1e-4);
  });

  test("erasing heads, in blocks that are opened", async () => {
    const cell = ({ layer, head }: { layer: number; head: number }) =>
      lm.trace(ids, () => {
        lm.model.layers[layer]!.self_attn.o_proj.input.set([":", -1, `${4 * head}:${4 * head + 4}`], 0);
        return lm.output.logits.at(0, -1);
      });
    const made = await sweep({ layer: 4, head: 4 }, cell);
    for (const [i, value] of (await naive(made, cell)).entries())
      expect(distance(made.values[i]!, value), made.name(i)).toBeLessThan(1e-4);
  });

  test("a model that mixes the rows of its batch", async () => {
    class Mix extends nn.Module {
      inner = new nn.Linear(4, 4);
      forward(x: Tensor): Tensor {
        return this.inner(x.sub(x.mean(0)));
      }
    }
    const mix = new NNsight(new nn.Sequential({ first: new nn.Linear(4, 4), second: new Mix() }));
    const inputs = [1, 2, 3].map(() => ops.rand([3, 4]));
    const cell = ({ input }: { input: number }) => mix.trace(inputs[input], () => mix.output);
    const made = await sweep({ input: 3 }, cell);
    for (const [i, value] of (await naive(made, cell)).entries())
      expect(distance(made.values[i]!, value)).toBeLessThan(1e-6);
  });

  test("any programs beside each other: prompts, invokes, sessions, several traces a cell", async () => {
    const one = fc.record({
      kind: fc.constantFrom("trace", "invokes", "session", "two"),
      layer: fc.nat(3),
      value: fc.constantFrom(0, 0.5, 2),
      length: fc.integer({ min: 2, max: 8 }),
    });
    type One = typeof one extends fc.Arbitrary<infer T> ? T : never;
    const run = async ({ kind, layer, value, length }: One): Promise<Tensor> => {
      const prompt = ids.slice(0, length);
      const edit = () => {
        lm.model.layers[layer]!.output[0].at(":", -1).mul_(value);
        return lm.output.logits.at(0, -1);
      };
      if (kind === "trace") return await lm.trace(prompt, edit);
      if (kind === "session") return await lm.session((s) => s.trace(lm, prompt, edit));
      if (kind === "invokes")
        return (
          await lm.trace((tracer) => [
            tracer.invoke(ids, () => lm.output.logits.at(0, -1)),
            tracer.invoke(prompt, edit),
          ])
        )[1]!;
      const hidden = await lm.trace(prompt, () => lm.model.layers[layer]!.output[0]);
      return await lm.trace(ids.slice(-length), () => {
        lm.model.layers[layer]!.output[0] = hidden.mul(value);
        return lm.output.logits.at(0, -1);
      });
    };
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 8 }), async (cells) => {
        const made = await sweep({ cell: cells }, ({ cell }) => run(cell));
        for (const [i, value] of (await naive(made, ({ cell }: { cell: One }) => run(cell))).entries())
          expect(distance(made.values[i]!, value)).toBeLessThan(1e-4);
      }),
      { numRuns: 15 },
    );
  });
});

test("cells share calls, and each report says with how many", async () => {
  const reports: string[] = [];
  await sweep({ factor: [1, 2, 3, 4] }, async ({ factor }) => {
    const tracer = lm.trace(ids);
    lm.model.layers[1]!.output[0].at(":", -1).mul_(factor + 1);
    lm.output.logits.at(0, -1).save();
    await tracer.close();
    reports.push(String(tracer.report()));
  });
  for (const text of reports) expect(text).toMatch(/layers\.2 +from position 7, with 3 other runs/);
});

test("results by label, by place, and as a tensor", async () => {
  const made = await sweep({ layer: [2, 0], factor: ["low", "high"] }, ({ layer, factor }) =>
    lm.trace(ids, () => lm.model.layers[layer]!.output[0].at(0, -1, 0).mul(factor === "low" ? 1 : 10)),
  );
  expect(String(made)).toBe("Sweep(layer 2 × factor 2)");
  expect(made.shape).toEqual([2, 2]);
  const [low, high] = ["low", "high"].map((factor) => made.at({ layer: 0, factor }).item() as number);
  expect(high).toBeCloseTo(10 * low!, 4);
  expect(made.at({ layer: -1, factor: "low" }).item()).toBe(low);
  expect(made.tensor().shape).toEqual([2, 2]);
  expect(made.tensor().at(1, 0).item()).toBe(low);
  expect(() => made.at({ layer: 7, factor: "low" })).toThrow("has no label 7: it has 2, 0");
});

test("an error names its cell, and what was done is there to resume", async () => {
  const run: number[] = [];
  const cell =
    (broken: boolean) =>
    async ({ item }: { item: number }) => {
      run.push(item);
      if (broken && item === 2) ops.zeros(2, 3).matmul(ops.zeros(2, 3));
      return await lm.trace(ids, () => lm.output.logits.at(0, -1, item));
    };
  const failed = await sweep({ item: 4 }, cell(true), { chunk: 1 }).catch((error: unknown) => error);
  expect(String(failed)).toContain("[in the cell item 2]");
  const { partial } = failed as { partial: Sweep<Tensor> };
  expect(partial.missing).toEqual([2, 3]);
  expect(() => partial.tensor()).toThrow("the cell item 2 has not been run");
  run.length = 0;
  const made = await sweep({ item: 4 }, cell(false), { resume: partial });
  expect([run, made.missing]).toEqual([[2, 3], []]);
});

test("a signal ends it; progress counts its cells", async () => {
  const ending = new AbortController();
  const seen: number[] = [];
  const ended = sweep({ item: 5 }, ({ item }) => lm.trace(ids, () => lm.output.logits.at(0, -1, item)), {
    chunk: 1,
    signal: ending.signal,
    progress: (done) => {
      seen.push(done);
      if (done === 2) ending.abort();
    },
  });
  await expect(ended).rejects.toThrow("was ended by its signal");
  expect(seen).toEqual([1, 2]);
});

test("it is refused inside an open context, over another grid, and for what is no axis", async () => {
  const cell = () => 1;
  const tracer = lm.trace(ids);
  await expect(sweep({ item: 2 }, cell)).rejects.toThrow("cannot stand inside an open context");
  await tracer.close();
  const made = await sweep({ item: 2 }, cell);
  await expect(sweep({ item: 3 }, cell, { resume: made })).rejects.toThrow("over another grid");
  await expect(sweep({ item: "two" as never }, cell)).rejects.toThrow("a list of labels or their number");
});
