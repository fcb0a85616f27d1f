/** Many modules at once, modules that are skipped, and barriers that nobody needs. */
import { beforeEach, expect, test } from "vitest";
import { smallLlama } from "../../goldens/small.ts";
import { input, input2, tiny } from "../../goldens/tiny.ts";
import { LanguageModel, resetContexts, tensor } from "../index.ts";

beforeEach(() => resetContexts());

const config = { ...smallLlama, num_key_value_heads: 4, initializer_range: 0.02 } as const;

test("all modules, or those that are named, with their inputs, as another dtype", async () => {
  const all = await tiny.trace(input, (tracer) => tracer.cache());
  expect(Object.keys(all)).toEqual(["layer1", "layer2"]);
  const plain = await tiny.trace(input, () => tiny.layer2.output);
  expect(all["layer2"]!.output.toArray()).toEqual(plain.toArray());
  const some = await tiny.trace(input, (tracer) =>
    tracer.cache({ modules: [tiny.layer1, "layer2"], inputs: true, outputs: false, dtype: "float16" }),
  );
  expect(some["layer1"]!.output).toBeUndefined();
  expect(some["layer1"]!.inputs[0][0].dtype).toBe("float16");
  await expect(tiny.trace(input, (tracer) => tracer.cache({ modules: ["layer3"] }))).rejects.toThrow(
    "the model never calls the module 'layer3'",
  );
});

test("inner modules of a language model, in the form that they have", async () => {
  const lm = LanguageModel.random(config);
  const { cache, bytes } = await lm.trace([1, 2, 3], (tracer) => {
    const cache = tracer.cache({ modules: lm.model.layers.map((layer) => layer.mlp) });
    return { cache, bytes: tracer.estimate().bytes };
  });
  expect(Object.keys(cache)).toEqual(["model.layers.0.mlp", "model.layers.1.mlp"]);
  expect(cache["model.layers.1.mlp"]!.output.shape).toEqual([1, 3, 16]);
  expect(bytes).toBe(2 * 3 * 16 * 4);
});

test("7-084: by path, by attribute and mixed; what is missing is named", async () => {
  const lm = LanguageModel.random(config);
  const cache = await lm.trace([1, 2, 3], (tracer) => tracer.cache({ inputs: true }));
  const { output } = cache["model.layers.1.mlp"]!;
  expect(output.shape).toEqual([1, 3, 16]);
  expect(cache["model"]!.layers[1].mlp.output).toBe(output);
  expect(cache["model.layers.1"]!.mlp.output).toBe(output);
  expect(cache["model"]!.layers[-1].input).toBe(cache["model.layers.1"]!.inputs[0][0]);
  expect(Object.keys(cache["lm_head"]!)).toEqual(["output", "inputs"]);
  expect(() => cache["model.layers.7"]).toThrow("the cache has no module 'model.layers.7'");
  expect(() => cache["model"]!.layers[7]).toThrow("the cache of 'model.layers' has no [7]: it has 0, 1.");
  expect(() => cache["modle"]).toThrow("the cache has no 'modle'. Did you mean");
  const outputs = await tiny.trace(input, (tracer) => tracer.cache());
  expect(outputs["layer1"]!.input).toBeUndefined();
});

test("7-057: a module that is skipped is not run, and is as if its output had been replaced", async () => {
  const value = tensor(Array.from({ length: 10 }, (_, i) => i / 10)).reshape([1, 10]);
  let tracer = tiny.trace(input);
  tiny.layer1.skip(value);
  const skipped = tiny.output.save();
  await tracer.close();
  expect(String(tracer.report())).not.toContain("layer1");
  tracer = tiny.trace(input);
  tiny.layer1.output = value;
  const replaced = tiny.output.save();
  await tracer.close();
  expect(skipped.toArray()).toEqual(replaced.toArray());

  const lm = LanguageModel.random(config);
  const { first, second } = await lm.trace([1, 2, 3], () => {
    lm.model.layers[1]!.skip(lm.model.layers[0]!.output[0]);
    return { first: lm.model.layers[0]!.output[0], second: lm.model.norm.input };
  });
  expect(second.toArray()).toEqual(first.toArray());
});

test("a barrier changes nothing: values cross by themselves", async () => {
  const { a, b } = await tiny.trace((tracer) => {
    const barrier = tracer.barrier(2);
    const a = tracer.invoke(input, () => {
      const value = tiny.layer1.output;
      barrier();
      return value;
    });
    const b = tracer.invoke(input2, () => {
      barrier();
      tiny.layer1.output = a;
      return tiny.layer1.output;
    });
    return { a, b };
  });
  expect(b.toArray()).toEqual(a.toArray());
});
