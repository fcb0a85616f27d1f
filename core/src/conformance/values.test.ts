/** S0 to S9: reading, built-ins, log, apply, stop, each in callback and in block form. */
import { readFileSync, rmSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { eiffel, expectRun, loadModel, printed, unset } from "../../goldens/conformance.ts";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { close, input, net, tiny } from "../../goldens/tiny.ts";
import * as nnsight from "../index.ts";
import { LanguageModel, resetContexts, type Tensor, tensor } from "../index.ts";

const shown = `tensor([[ 7.2426e-01,  2.4406e-01, -5.3356e-01,  2.4396e-01, -4.4996e-04,
         -1.3551e-01,  1.8728e-01,  7.5127e-01, -3.3102e-01, -8.0205e-01]])`;

beforeEach(() => resetContexts());

test("S0: layer 1 of the seed's network is PyTorch's within 1e-7, in both forms", async () => {
  const { network } = JSON.parse(readFileSync(golden("random.json"), "utf8"));
  const given = await tiny.trace(input, () => tiny.layer1.output);
  {
    await using _ = tiny.trace(input);
    var saved = tiny.layer1.output.save();
  }
  for (const out of [given, saved]) {
    close(out, tensor([network.layer1]), 1e-7);
    expect(String(out)).toBe(shown);
  }
});

test("S2: scan needs no save and runs nothing, in both forms", async () => {
  const dummy = tensor([0, 0, 0, 0, 0]);
  let calls = 0;
  const read = () => {
    nnsight.apply((_: Tensor) => calls++, tiny.layer1.output);
    return tiny.layer2.input.shape;
  };
  expect(await tiny.scan(dummy, read)).toEqual([10]);
  {
    await using _ = tiny.scan(dummy);
    var shape = read();
  }
  expect([shape, calls]).toEqual([[10], 0]);
});

test("S2: scan loads no weights: it works when their file is gone", async () => {
  const cache = scratchFolder();
  vi.stubEnv("NNSIGHT_CACHE", cache);
  const small = await LanguageModel.load(golden("tiny.gguf"), { progress: () => {} });
  rmSync(cache, { recursive: true });
  const shape = await small.scan([1, 2, 3], () => small.model.layers[-1]!.output[0].shape);
  expect(shape.slice(0, 2)).toEqual([1, 3]);
  await expect(small.trace([1, 2, 3], () => small.output.logits)).rejects.toThrow();
  vi.unstubAllEnvs();
});

test("S4: a string is given a new value, in block form", async () => {
  {
    await using _ = tiny.trace(input);
    var s = nnsight.str("I am a ").save();
    s.update(s.add("Transformer"));
  }
  expect([s.value, `${s}`]).toEqual(["I am a Transformer", "I am a Transformer"]);
});

test("S5: printing a lazy value shows its node and nothing more, in both forms", async () => {
  const print = () => console.log(tiny.layer1.output);
  const lines = await printed(async () => {
    await tiny.trace(input, print);
    await using _ = tiny.trace(input);
    print();
  });
  expect(lines).toEqual(Array(2).fill("InterventionProxy (InterventionProtocol_0): "));
});

test("S6: a log line as Python prints it, in block form and by the tracer", async () => {
  const lines = await printed(async () => {
    await using tracer = tiny.trace(input);
    nnsight.log("Layer 1 - out: ", tiny.layer1.output);
    tracer.log("Layer 1 - out: ", tiny.layer1.output);
  });
  expect(lines).toEqual(Array(2).fill(`Layer 1 - out:  ${shown}`));
});

describe("S8, S9: stop after layer 1", () => {
  test("S8, S9: in callback form the promise resolves, with layer 1 set and layer 2 unset, in either order", async () => {
    const { one, two } = await tiny.trace(input, () => {
      const two = tiny.layer2.output;
      const one = tiny.layer1.output;
      tiny.layer1.output.stop();
      return { one, two };
    });
    close(one, net.layer1(input));
    unset(two);
  });

  test("S9: in block form the use of what was not reached is the error", async () => {
    {
      await using _ = tiny.trace(input);
      var two = tiny.layer2.output.save();
      tiny.layer1.output.stop();
    }
    for (const use of [() => `${two}`, () => two.data, () => two.add(1), () => two.item()])
      expect(use).toThrow(new nnsight.ValueError("Accessing value before it's been set."));
  });
});

describe("on the language model", () => {
  let lm: LanguageModel;
  beforeAll(async () => {
    lm = await loadModel();
  });

  test("S1: inputs of a block are [args, kwargs], its input the first argument, in both forms", async () => {
    const given = await lm.trace("Hello World", () => ({
      inputs: lm.model.layers[2]!.inputs,
      first: lm.model.layers[2]!.input,
      before: lm.model.layers[1]!.output[0],
    }));
    {
      await using _ = lm.trace("Hello World");
      var inputs = lm.model.layers[2]!.inputs.save();
      var first = lm.model.layers[2]!.input.save();
    }
    const [args, kwargs] = inputs;
    expect([args.length, first.shape, Object.keys(kwargs)]).toEqual([
      1,
      [1, 2, 576],
      ["attention_mask", "position_embeddings"],
    ]);
    expect(Object.keys(given.inputs[1])).toEqual(Object.keys(kwargs));
    for (const one of [args[0], first, given.inputs[0][0], given.first])
      close(one as Tensor, given.before, 0.01);
    close(given.first, first, 1e-6);
  });

  test("S7: a function of the user's agrees with the recorded sum, in both forms", async () => {
    function tensorSum(given: Tensor): Tensor {
      let total = 0;
      for (const element of given.flatten()) total += element.item();
      return tensor(total);
    }
    const [custom, sum] = await lm.trace(eiffel, () => {
      const hidden = lm.model.layers[0]!.output[0];
      return [nnsight.apply(tensorSum, hidden), hidden.sum()] as const;
    });
    {
      await using _ = lm.trace(eiffel);
      var custom2 = nnsight.apply(tensorSum, lm.model.layers[0]!.output[0]).save();
    }
    for (const own of [custom, custom2.value]) expect(own.item()).toBeCloseTo(sum.item(), 3);
    expect(Math.abs(sum.item())).toBeGreaterThan(1);
  });

  test("S8: a stop in a language model leaves what comes later undone", async () => {
    const { early, logits } = await lm.trace(eiffel, () => {
      const logits = lm.output.logits;
      const early = lm.model.layers[3]!.output[0];
      lm.model.layers[3]!.output.stop();
      return { early, logits };
    });
    expect(early.shape).toEqual([1, 9, 576]);
    unset(logits);
    expectRun(await lm.trace(eiffel, () => lm.output.logits), "eiffel");
  });
});
