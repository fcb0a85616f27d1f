/** Costs before the run, of networks small enough to be counted by hand. */
import { describe, expect, test } from "vitest";
import type * as nnsight from "../index.ts";
import { LanguageModel, NNsight, nn, ops, tensor } from "../index.ts";
import type { Estimate } from "./estimate.ts";

const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 4) });
const tiny = new NNsight(net);
const input = ops.rand([3, 5]);
/** Of three rows: products and sums, and the bias. */
const [first, second] = [2 * 3 * 5 * 10 + 3 * 10, 2 * 3 * 10 * 4 + 3 * 4];

async function estimated(body: (tracer: nnsight.Tracer) => void, given: unknown = input): Promise<Estimate> {
  let estimate!: Estimate;
  await tiny.trace(given, (tracer) => {
    body(tracer);
    estimate = tracer.estimate();
  });
  return estimate;
}

describe("a trace", () => {
  test("of everything", async () => {
    const { modules, flops, bytes, unknown } = await estimated(() => tiny.output.save());
    expect({ modules, flops, bytes, unknown }).toEqual({
      modules: ["layer1", "layer2"],
      flops: first + second,
      bytes: 3 * 4 * 4,
      unknown: [],
    });
  });

  test("of an early layer costs only what it needs", async () => {
    const { modules, flops, bytes } = await estimated(() => tiny.layer1.output.save());
    expect({ modules, flops, bytes }).toEqual({ modules: ["layer1"], flops: first, bytes: 3 * 10 * 4 });
    expect((await estimated(() => void tiny.layer1.output)).flops).toBe(0);
  });

  test("with the user's own operations, in both branches of a condition", async () => {
    const { flops, unknown } = await estimated((tracer) => {
      const hidden = tiny.layer1.output;
      tracer.cond(hidden.sum().gt(0), () => {
        tiny.layer1.output = hidden.mul(2).add(1);
      });
      tiny.output.save();
    });
    expect(flops).toBe(first + 30 + 1 + 2 * 30 + second);
    expect(unknown).toEqual(["which branches are taken"]);
  });

  test("a module called by hand counts once more", async () => {
    const { modules, flops } = await estimated(() => void tiny.layer2(tiny.layer1.output).save());
    expect({ modules, flops }).toEqual({ modules: ["layer1", "layer2"], flops: first + second });
  });

  test("of several invokes: their rows together", async () => {
    let flops = 0;
    await tiny.trace((tracer) => {
      tracer.invoke(input, () => tiny.layer1.output.save());
      tracer.invoke(tensor([[1, 2, 3, 4, 5]]), () => tiny.layer1.output.save());
      ({ flops } = tracer.estimate());
    });
    expect(flops).toBe((first * 4) / 3);
  });
});

test("what only the run knows is said to be unknown", async () => {
  const { unknown, bytes } = await estimated((tracer) => {
    const hidden = tiny.layer1.output;
    hidden.at(hidden.gt(0)).save();
    tracer.apply((x: nnsight.Tensor) => x.shape, hidden).save();
  });
  expect(unknown).toEqual([
    "the work of apply",
    "the size of what a mask picks",
    "the size of what apply gives",
  ]);
  expect(bytes).toBe(4);
});

test("a session: each trace, and one turn of a loop", async () => {
  let estimate!: Estimate;
  await tiny.session((s) => {
    const hidden = s.trace(tiny, input, () => tiny.layer1.output);
    s.trace(tiny, input, () => void tiny.layer2.output.save());
    s.iter([1, 2], (item) => {
      s.trace(tiny, item.mul(input), () => void tiny.layer1.output.save());
    });
    hidden.save();
    estimate = s.estimate();
  });
  expect(estimate.flops).toBe(first + (first + second) + first / 3);
  expect(estimate.bytes).toBe(3 * 10 * 4 + 3 * 4 * 4 + 10 * 4);
  expect(estimate.unknown.join("; ")).toMatch(
    /the turns of the loop at estimate.test.ts:\d+:\d+, counted as one; the work of mul; the size of batch/,
  );
});

test("prints as a small table", async () => {
  expect(String(await estimated(() => tiny.output.save()))).toBe(
    ["modules run     2  layer1, layer2", "operations    582", "bytes saved  48 B"].join("\n"),
  );
});

test("the head counts only at the positions that are asked for", async () => {
  const sizes = { num_hidden_layers: 1, hidden_size: 8, num_attention_heads: 2, intermediate_size: 8 };
  const lm = LanguageModel.random({ model_type: "llama", vocab_size: 1000, ...sizes });
  const flopsOf = async (body: () => nnsight.Tensor): Promise<number> => {
    const tracer = lm.trace([1, 2, 3, 4]);
    body().save();
    const { flops, unknown } = tracer.estimate();
    await tracer.close();
    expect(unknown).toEqual([]);
    return flops;
  };
  const all = await flopsOf(() => lm.output.logits);
  const last = await flopsOf(() => lm.output.logits.at(0, -1));
  const head = 2 * 8 * 1000;
  expect(all - last).toBeGreaterThanOrEqual(3 * head);
  expect(all - last).toBeLessThan(3.1 * head);
});
