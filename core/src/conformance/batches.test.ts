/** NNsight's own tests of version 0.7 (7-…): batches of invokes, skip, cache, several wrappers of one module. */
import { beforeEach, describe, expect, test } from "vitest";
import { distance, smallLlama } from "../../goldens/small.ts";
import { input, tiny } from "../../goldens/tiny.ts";
import { LanguageModel, NNsight, nn, ops, resetContexts, type Tensor } from "../index.ts";

beforeEach(() => resetContexts());

const config = { ...smallLlama, num_hidden_layers: 3, num_key_value_heads: 4 } as const;
const lm = LanguageModel.random(config, { seed: 4 });
const { layers } = lm.model;
const [one, two, three] = [
  [3, 17, 5],
  [8, 2, 9, 11, 4],
  [7, 1],
] as const;
const last = () => lm.output.logits.at(":", -1);

describe("batches", () => {
  test("7-038: invokes of one and several prompts have their rows, those without an input all of them", async () => {
    const made = await lm.trace((tracer) => {
      const read = () => layers[1]!.output[0].at(":", -1);
      const a = tracer.invoke([...one], read);
      const b = tracer.invoke([[...two], [...three]], read);
      return { a, b, all: tracer.invoke(read), again: tracer.invoke(read), c: tracer.invoke([...one], read) };
    });
    const { a, b, all, again, c } = made;
    expect([a, b, all, again, c].map(({ shape }) => shape[0])).toEqual([1, 2, 4, 4, 1]);
    expect(distance(all, ops.cat([a, b, c]))).toBe(0);
    expect(distance(again, all)).toBe(0);
  });

  test("7-039, 7-041, 7-162: however prompts are shared out, each gives what it gives alone", async () => {
    const alone: Tensor[] = [];
    for (const ids of [one, two, three]) alone.push(await lm.trace([...ids], last));
    const lists = [
      [[one], [two, three]],
      [[one, two], [three]],
      [[one], [two], [three]],
    ];
    for (const parts of lists) {
      const made = await lm.trace((tracer) =>
        parts.map((part) =>
          tracer.invoke(
            part.map((ids) => [...ids]),
            last,
          ),
        ),
      );
      expect(distance(ops.cat(made), ops.cat(alone))).toBeLessThan(1e-5);
    }
  });

  test("7-040: the ids of an invoke are readable in its body", async () => {
    const ids = await lm.trace((tracer) => tracer.invoke([...one], () => lm.input));
    expect(ids.toArray()).toEqual([[...one]]);
  });

  test("7-155, 7-156: ids by name are an input, with their mask", async () => {
    const plain = await lm.trace([...one], last);
    const named = await lm.trace({ input_ids: [[...one]] }, last);
    expect(distance(named, plain)).toBe(0);
    const masked = await lm.trace({ input_ids: [[0, ...one]], attention_mask: [[0, 1, 1, 1]] }, last);
    expect(distance(masked, plain)).toBeLessThan(1e-5);
  });

  test("7-157, 7-158: functions of one's own that read several layers, called in the body", async () => {
    const norms = () => layers.map((layer) => layer.output[0].norm());
    const made = await lm.trace([...one], norms);
    expect(made.map(({ shape }) => shape)).toEqual([[], [], []]);
  });
});

describe("order", () => {
  test("7-045, 7-130, 7-131, 7-141, 7-142, 7-143, 7-150: reading a later module first is no error", async () => {
    const { late, early } = await lm.trace([...one], () => ({
      late: layers[2]!.output[0],
      early: layers[1]!.input,
    }));
    const { a, b } = await lm.trace([...one], () => ({ a: layers[1]!.input, b: layers[2]!.output[0] }));
    expect([distance(late, b), distance(early, a)]).toEqual([0, 0]);
    const back = lm.trace([...one], () => {
      layers[0]!.output[0] = layers[2]!.output[0];
    });
    await expect(back).rejects.toThrow("is made after model.layers.0.output[0] in the run of the model");
  });

  test("7-046: skip of an earlier module after a later one was read", async () => {
    const { seen, output } = await lm.trace([...one], () => {
      const output = layers[2]!.output[0];
      layers[0]!.skip(layers[0]!.input);
      return { seen: layers[0]!.output[0], output };
    });
    const plain = await lm.trace([...one], () => lm.model.embed_tokens.output);
    expect(distance(seen, plain)).toBe(0);
    expect(output.shape).toEqual([1, 3, 16]);
  });

  test("7-147: gradients are asked for in any order", async () => {
    const grads = await lm.trace([...one], () => {
      lm.output.logits.at(0, -1, 3).backward();
      return [layers[0]!.output[0].grad, layers[2]!.output[0].grad, layers[1]!.output[0].grad];
    });
    const [g0, , g1] = grads;
    const other = await lm.trace([...one], () => {
      lm.output.logits.at(0, -1, 3).backward();
      return [layers[1]!.output[0].grad, layers[0]!.output[0].grad];
    });
    expect([distance(g1!, other[0]!), distance(g0!, other[1]!)]).toEqual([0, 0]);
  });
});

describe("skip", () => {
  test("7-058: an input that was changed before the skip has no effect", async () => {
    const run = (change: boolean) =>
      lm.trace([...one], () => {
        const value = layers[0]!.output[0];
        if (change) layers[1]!.input = layers[1]!.input.mul(0);
        layers[1]!.skip(value);
        return lm.output.logits;
      });
    expect(distance(await run(true), await run(false))).toBe(0);
  });

  test("7-059, 7-060: three in a row; what is inside one that is skipped is that of the run without it", async () => {
    const { norm, embedded } = await lm.trace([...one], () => {
      for (const layer of layers) layer.skip(layer.input);
      return { norm: lm.model.norm.input, embedded: lm.model.embed_tokens.output };
    });
    expect(distance(norm, embedded)).toBe(0);
  });

  test("7-061: two invokes, each with its own value", async () => {
    const { a, b } = await lm.trace((tracer) => {
      const skip = (factor: number) => () => {
        layers[1]!.skip(layers[0]!.output[0].mul(factor));
        return { given: layers[0]!.output[0], made: layers[1]!.output[0] };
      };
      return { a: tracer.invoke([...one], skip(2)), b: tracer.invoke([...two], skip(3)) };
    });
    expect([distance(a.made, a.given.mul(2)), distance(b.made, b.given.mul(3))]).toEqual([0, 0]);
  });
});

describe("cache", () => {
  test("7-072, 7-073, 7-074, 7-085: outputs, inputs, either alone", async () => {
    const cached = (options: object) => lm.trace([...one], (tracer) => tracer.cache(options));
    const outputs = await cached({});
    expect(outputs["model.layers.0"]!.input).toBeUndefined();
    const both = await cached({ inputs: true });
    expect(distance(both["model.layers.0"]!.output[0], both["model.layers.1"]!.input!)).toBe(0);
    const inputs = await cached({ inputs: true, outputs: false });
    expect(inputs["model.layers.0"]!.output).toBeUndefined();
  });

  test("7-076, 7-077, 7-078, 7-079: what was written before is in it, in an invoke its rows; a skipped module's value", async () => {
    const { a, b } = await lm.trace((tracer) => {
      const a = tracer.invoke([...one], () => {
        layers[0]!.output[0].fill(0);
        layers[1]!.skip(layers[0]!.output[0].add(1));
        return tracer.cache();
      });
      return { a, b: tracer.invoke([...one], () => layers[0]!.output[0]) };
    });
    expect(Number(a["model.layers.0"]!.output[0].abs().max().item())).toBe(0);
    expect(a["model.layers.1"]!.output[0].shape).toEqual([1, 3, 16]);
    expect(a["model.layers.1"]!.output[0].min().item()).toBe(1);
    expect(Number(b.abs().max().item())).toBeGreaterThan(0);
  });

  test("7-080, 7-081, 7-083: by paths, by modules, two of them", async () => {
    const { a, b } = await lm.trace([...one], (tracer) => ({
      a: tracer.cache({ modules: ["model.layers.0.mlp", "model.norm"] }),
      b: tracer.cache({ modules: layers.map(({ self_attn }) => self_attn) }),
    }));
    expect(Object.keys(a)).toEqual(["model.layers.0.mlp", "model.norm"]);
    expect(Object.keys(b)).toHaveLength(3);
  });
});

describe("cache over steps, and by other names", () => {
  const options = { maxNewTokens: 3, eos: [] };

  test("7-075, 7-082: an entry for each visit, of all modules or those that are named", async () => {
    const [{ all, some }, outputs] = [
      await lm.generate([...one], options, (tracer) => ({
        all: tracer.cache(),
        some: tracer.cache({ modules: ["model.layers.0.mlp"], inputs: true }),
      })),
      await lm.generate([...one], options, (tracer) => tracer.iter.all(() => layers[0]!.mlp.output)),
    ];
    const entries = some["model.layers.0.mlp"]!;
    expect([all["model.layers.0"]!.length, entries.length, [...entries].length]).toEqual([3, 3, 3]);
    expect(Object.keys(some)).toEqual(["model.layers.0.mlp"]);
    expect(entries.length).toBe(outputs.length);
    for (const [i, output] of outputs.entries()) expect(distance(entries[i]!.output, output)).toBe(0);
    expect(entries[1]!.input!.shape).toEqual([1, 1, 16]);
    expect(distance(all["model"]!.layers[0].mlp[-1].output, outputs[2]!)).toBe(0);
    expect(() => entries.output).toThrow('write cache["model.layers.0.mlp"][0].output');
    expect(() => entries[3]).toThrow("the cache of 'model.layers.0.mlp' has no [3]: it has 3 steps.");
  });

  test("a generation that ends early has entries of the steps that came", async () => {
    const first = await lm.generate([...one], { maxNewTokens: 1, eos: [] }, () => lm.generator.output);
    const eos = [Number(first.at(0, -1).item())];
    const cache = await lm.generate([...one], { maxNewTokens: 3, eos }, (tracer) => tracer.cache());
    expect(cache["model.norm"]!.length).toBe(1);
  });

  test("7-086: aliases work as keys and attributes", async () => {
    const named = LanguageModel.random(config, { rename: { "model.layers": "blocks", mlp: "ff" } });
    const cache = await named.trace([...one], (tracer) => tracer.cache());
    const { output } = cache["model.layers.1.mlp"]!;
    expect(cache["blocks.1.ff"]!.output).toBe(output);
    expect(cache["blocks"]![1].ff.output).toBe(output);
    expect(cache["model"]!.layers[1].ff.output).toBe(output);
    const some = await named.trace([...one], (tracer) => tracer.cache({ modules: ["blocks.0.ff"] }));
    expect(Object.keys(some)).toEqual(["model.layers.0.mlp"]);
    expect("fff" in cache).toBe(false);
  });
});

describe("several wrappers of one module", () => {
  const net = () => new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });

  test("7-193, 7-194, 7-195, 7-196, 7-200, 7-201, 7-203: they agree, and what one writes the others do not see", async () => {
    const own = net();
    const wrappers = [new NNsight(own), new NNsight(own), new NNsight(own)];
    const read = (model: (typeof wrappers)[0]) =>
      model.trace(input, () => [model.layer1.output, model.output]);
    const [first] = [await read(wrappers[0]!)];
    const changed = await wrappers[1]!.trace(input, () => {
      wrappers[1]!.layer1.output.fill(0);
      return wrappers[1]!.output;
    });
    expect(distance(changed, first[1]!)).toBeGreaterThan(0);
    for (const model of [...wrappers, new NNsight(own), ...wrappers])
      expect((await read(model)).map((one, i) => distance(one, first[i]!))).toEqual([0, 0]);
  });

  test("7-202, 7-204: a skip on one of them, and equal gradients", async () => {
    const own = net();
    const [a, b] = [new NNsight(own), new NNsight(own)] as const;
    const skipped = await a.trace(input, () => {
      a.layer1.skip(ops.zeros(1, 10));
      return a.layer1.output;
    });
    expect(Number(skipped.abs().max().item())).toBe(0);
    const gradient = (model: typeof a) =>
      model.trace(input, () => {
        model.output.sum().backward();
        return model.layer1.output.grad;
      });
    expect(distance(await gradient(a), await gradient(b))).toBe(0);
  });
});

test("7-043: an edit that would change a shape is refused where it is written", async () => {
  const scan = lm.scan([...one], () => {
    layers[0]!.output[0] = layers[0]!.output[0].at(":", "-1:");
  });
  await expect(scan).rejects.toThrow("was assigned");
});

test("7-030: two backward passes in one trace", async () => {
  const { a, b, both } = await tiny.trace(input, () => {
    const hidden = tiny.layer1.output;
    const [first, second] = [tiny.output.at(0, 0), tiny.output.at(0, 1)];
    const [a, b] = [ops.grad(first, hidden), ops.grad(second, hidden)];
    first.backward();
    second.backward();
    return { a, b, both: hidden.grad };
  });
  expect(distance(a.add(b), both)).toBeLessThan(1e-7);
});
