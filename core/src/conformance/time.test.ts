/** NNsight's own tests of generation and gradients: of test_lm.py and test_tiny.py of 0.3.7 (3-…) and 0.4.11 (4-…). */
import { readFileSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadModel } from "../../goldens/conformance.ts";
import { golden } from "../../goldens/files.ts";
import { input, tiny } from "../../goldens/tiny.ts";
import { LanguageModel, ops, resetContexts, type Tensor } from "../index.ts";

const { prompts } = JSON.parse(readFileSync(golden("generate.json"), "utf8")) as {
  prompts: { text: string; ids: number[]; new: number[] }[];
};
const { text, ids, new: made } = prompts[0]!;
const three = made.slice(0, 3);
const underscores = ids.map(() => 79);

let lm: LanguageModel;

beforeAll(async () => {
  lm = await loadModel();
});
beforeEach(() => resetContexts());

const newOf = (output: Tensor): number[] => (output.toArray() as number[][])[0]!.slice(ids.length);

describe("generation", () => {
  test("3-LM01: three greedy tokens, in both forms", async () => {
    {
      await using _ = lm.generate(text, { maxNewTokens: 3 });
      var inBlock = lm.generator.output.save();
    }
    const output = await lm.generate(text, { maxNewTokens: 3 }, () => lm.generator.output);
    expect(newOf(output)).toEqual(three);
    expect(inBlock.toArray()).toEqual(output.toArray());
  });

  test("3-LM06: one invoke's embeddings in another give its three tokens", async () => {
    const { first, second } = await lm.generate({ maxNewTokens: 3 }, (tracer) => {
      const { embeddings, first } = tracer.invoke(ids, () => ({
        embeddings: lm.model.embed_tokens.output,
        first: lm.generator.output,
      }));
      const second = tracer.invoke(underscores, () => {
        lm.model.embed_tokens.output = embeddings;
        return lm.generator.output;
      });
      return { first, second };
    });
    expect(newOf(first)).toEqual(three);
    expect(newOf(second)[0]).toBe(three[0]);
    const alone = await lm.generate(underscores, { maxNewTokens: 3, trace: false });
    expect(newOf(alone)[0]).not.toBe(three[0]);
  });

  test("3-LM07: the same between two runs, by the saved value", async () => {
    const { embeddings, output } = await lm.generate(ids, { maxNewTokens: 3 }, () => ({
      embeddings: lm.model.embed_tokens.output,
      output: lm.generator.output,
    }));
    const copied = await lm.generate(underscores, { maxNewTokens: 3 }, () => {
      lm.model.embed_tokens.output = embeddings;
      return lm.generator.output;
    });
    expect(newOf(copied)).toEqual(newOf(output));
  });

  test("4-LM08: generator.output of a model whose weights were not read yet", async () => {
    const fresh = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });
    const output = await fresh.generate(text, { maxNewTokens: 1 }, () => fresh.generator.output);
    expect(newOf(output)).toEqual(three.slice(0, 1));
  });
});

describe("gradients", () => {
  test("3-TI02: read, set to its double, and read again", async () => {
    {
      await using _ = tiny.trace(input);
      const hidden = tiny.layer1.output;
      var before = hidden.grad.clone().save();
      hidden.grad = hidden.grad.mul(2);
      var after = hidden.grad.save();
      tiny.output.sum().backward();
    }
    expect(after.toArray()).toEqual(before.mul(2).toArray());
  });

  test("3-LM08: retainGrad on a hidden state", async () => {
    {
      await using _ = lm.trace(text);
      var hidden = lm.model.layers[-1]!.output[0].retainGrad().save();
      lm.output.logits.sum().backward();
    }
    expect(hidden.grad.shape).toEqual([1, ids.length, 576]);
    expect(Number(hidden.grad.abs().sum().item())).toBeGreaterThan(0);
  });

  test("3-LM09: zeroed in place, and assigned", async () => {
    const { zeroed, assigned, before } = await lm.trace(text, () => {
      const last = lm.model.layers[-1]!.output[0];
      last.grad.fill(0);
      const first = lm.model.layers[-2]!.output[0];
      const before = first.grad.clone();
      first.grad = ops.onesLike(first);
      lm.output.logits.sum().backward();
      return { zeroed: last.grad, before, assigned: first.grad };
    });
    expect(zeroed.abs().max().item()).toBe(0);
    expect(before.abs().max().item()).toBe(0);
    expect(assigned.sub(1).abs().max().item()).toBe(0);
  });

  test("3-LM11: two backward calls add up", async () => {
    const { one, both } = await lm.trace(text, () => {
      const hidden = lm.model.layers[-1]!.output[0];
      const one = hidden.grad.clone();
      lm.output.logits.sum().backward();
      lm.output.logits.mul(2).sum().backward();
      return { one, both: hidden.grad };
    });
    const size = Number(one.abs().max().item());
    expect(Number(both.sub(one.mul(3)).abs().max().item()) / size).toBeLessThan(1e-4);
  });

  test("4-LM03: through a tuple that is swapped in one invoke and untouched in the other", async () => {
    const { swapped, untouched } = await lm.trace((tracer) => {
      const swapped = tracer.invoke(text, () => {
        const given = lm.model.layers[0]!.output[0];
        lm.model.layers[0]!.output = [given.mul(2)] as never;
        const { grad } = given;
        return { grad, loss: lm.output.logits.at(0, -1, 5) };
      });
      const untouched = tracer.invoke(text, () => ({
        grad: lm.model.layers[0]!.output[0].grad,
        loss: lm.output.logits.at(0, -1, 5),
      }));
      swapped.loss.add(untouched.loss).backward();
      return { swapped: swapped.grad, untouched: untouched.grad };
    });
    const alone = await lm.trace(text, () => {
      lm.output.logits.at(0, -1, 5).backward();
      return lm.model.layers[0]!.output[0].grad;
    });
    const size = Number(alone.abs().max().item());
    expect(Number(untouched.sub(alone).abs().max().item()) / size).toBeLessThan(1e-3);
    expect(Number(swapped.sub(alone).abs().max().item()) / size).toBeGreaterThan(1e-3);
  });
});
