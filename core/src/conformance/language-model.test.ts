/** NNsight's own tests of a language model: test_lm.py of 0.3.7 (3-LM…) and of 0.4.11 (4-LM…), on SmolLM2. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eiffel, expectRun, garden, loadModel, reference } from "../../goldens/conformance.ts";
import { close } from "../../goldens/tiny.ts";
import { type LanguageModel, nn, ops, resetContexts, type Tensor, tensor } from "../index.ts";

let lm: LanguageModel;

beforeAll(async () => {
  lm = await loadModel();
});
beforeEach(() => {
  resetContexts();
  lm.clearEdits();
});

const word = (logits: Tensor): string => lm.tokenizer.decode(logits.at(0, -1).argmax(-1));

test("3-LM02: the last block's output, then its input", async () => {
  {
    await using _ = lm.trace(garden);
    var output = lm.model.layers[-1]!.output[0].save();
    var input = lm.model.layers[-1]!.input.save();
  }
  const before = await lm.trace(garden, () => lm.model.layers[-2]!.output[0]);
  expect([output.ndim, input.ndim]).toEqual([3, 3]);
  expect(input.sub(before).abs().max().item()).toBeLessThan(1e-6);
  expect(output.sub(input).abs().max().item()).toBeGreaterThan(1);
});

describe("outputs are written", () => {
  test("3-LM03: in place; a clone made before keeps what was there, and the text changes", async () => {
    {
      await using _ = lm.trace(garden);
      const mlp = lm.model.layers[10]!.mlp;
      var before = mlp.output.clone().save();
      mlp.output.fill(0);
      var after = mlp.output.save();
      var logits = lm.output.logits.save();
    }
    expect(before.abs().sum().item()).toBeGreaterThan(1);
    expect(after.abs().sum().item()).toBe(0);
    expectRun(logits, "mlp10");
    expect(word(logits)).not.toBe(reference.runs["garden"]!.word);
  });

  test("3-LM04: by assignment of the embeddings", async () => {
    const { before, after, logits } = await lm.trace(garden, () => {
      const { embed_tokens } = lm.model;
      const before = embed_tokens.output;
      embed_tokens.output = embed_tokens.output.mul(0.5);
      return { before, after: embed_tokens.output, logits: lm.output.logits };
    });
    close(after, before.mul(0.5), 1e-6);
    expectRun(logits, "embeddingsHalved");
  });

  test("4-LM01: a tuple by a tuple of zeros and the rest", async () => {
    {
      await using _ = lm.trace(garden);
      const attention = lm.model.layers[10]!.self_attn;
      const out = attention.output;
      var before = out[0].clone().save();
      const [first, ...rest] = out;
      attention.output = [ops.zerosLike(first), ...rest] as unknown as typeof out;
      var after = attention.output[0].save();
      var logits = lm.output.logits.save();
    }
    expect(before.abs().sum().item()).toBeGreaterThan(1);
    expect(after.abs().sum().item()).toBe(0);
    expectRun(logits, "attention10");
  });

  test("4-LM02, 4-LM03: a tuple swapped in one invoke is as it was in the other", async () => {
    const attention = lm.model.layers[10]!.self_attn;
    const [swapped, plain] = await lm.trace((tracer) => [
      tracer.invoke(garden, () => {
        attention.output = [attention.output[0].mul(0)] as unknown as typeof attention.output;
        return { out: attention.output, logits: lm.output.logits };
      }),
      tracer.invoke(garden, () => ({ out: attention.output, logits: lm.output.logits })),
    ]);
    expect(swapped!.out[0].abs().sum().item()).toBe(0);
    expect([Array.isArray(plain!.out), plain!.out[0].shape]).toEqual([true, [1, 9, 576]]);
    expectRun(swapped!.logits, "attention10");
    expectRun(plain!.logits, "garden");
  });
});

test("3-LM05: the head and the final norm on the hidden state of any block give PyTorch's tokens", async () => {
  const { layers } = reference.lens;
  const tokens = await lm.trace(garden, () =>
    Object.keys(layers).map((k) =>
      lm.lm_head(lm.model.norm(lm.model.layers[Number(k)]!.output[0])).argmax(-1),
    ),
  );
  expect(tokens.map((ids) => (ids.toArray() as number[][])[0])).toEqual(Object.values(layers));
  expect(lm.tokenizer.decode(tokens.at(-1)![0]!)).toMatch(/ Amsterdam$/);
});

describe("embeddings of one prompt in another", () => {
  test("3-LM06: between invokes, no barrier needed, in both forms", async () => {
    const { embed_tokens } = lm.model;
    const given = await lm.trace((tracer) => {
      const first = tracer.invoke(eiffel, () => ({
        embeddings: embed_tokens.output,
        logits: lm.output.logits,
      }));
      const second = tracer.invoke(garden, () => {
        embed_tokens.output = first.embeddings;
        return lm.output.logits;
      });
      return [first.logits, second];
    });
    {
      await using tracer = lm.trace();
      {
        using _ = tracer.invoke(eiffel);
        var embeddings = embed_tokens.output;
        var one = lm.output.logits.save();
      }
      {
        using _ = tracer.invoke(garden);
        embed_tokens.output = embeddings;
        var two = lm.output.logits.save();
      }
    }
    for (const logits of [...given, one, two]) expectRun(logits, "eiffel");
  });

  test("3-LM07: between two runs, by the saved value", async () => {
    const embeddings = await lm.trace(eiffel, () => lm.model.embed_tokens.output);
    const logits = await lm.trace(garden, () => {
      lm.model.embed_tokens.output = embeddings;
      return lm.output.logits;
    });
    expectRun(logits, "eiffel");
  });
});

test("3-LM10: a plain function with a layer of its own, on a value of the trace", async () => {
  const { layer, row, values } = reference.outside;
  const own = new nn.Linear(576, 2);
  const wide = Array.from({ length: 576 }, (_, i) => row[i % row.length]!);
  own.weight = tensor([wide, wide]);
  own.bias = tensor([1, -1]);
  const project = (x: Tensor): Tensor => own(x).add(tensor([0, 0]));
  const made = await lm.trace(garden, () => project(lm.model.layers[layer]!.output[0]));
  close(made.at(0, -1), tensor([...values]), 1e-3);
});

class Complex extends nn.Module {
  one = new nn.WrapperModule();
  forward(x: Tensor): Tensor {
    return this.one(x);
  }
}

describe("edits", () => {
  const zero = (k: number) => () => void lm.model.layers[k]!.mlp.output.fill(0);
  const logits = (model: LanguageModel) => model.trace(garden, () => lm.output.logits);

  test("3-LM12: an attached module in a copy: observed inside, and zeroed as the block is", async () => {
    const mlp = lm.model.layers[10]!.mlp;
    const attachment = mlp.attach("attachment", new Complex());
    const edited = await lm.edit(() => void mlp.output.fill(attachment(mlp.output, { hook: true })));
    const original = await lm.trace(garden, () => mlp.output.clone());
    const through = await edited.trace(garden, () => {
      const inner = attachment.one.output.clone();
      attachment.output.mul_(0);
      return { inner, logits: lm.output.logits };
    });
    close(through.inner, original, 1e-5);
    expectRun(through.logits, "mlp10");
  });

  test("3-LM13: in place first, a copy second: the original has the first, the copy both", async () => {
    await lm.edit({ inplace: true }, zero(10));
    const copy = await lm.edit(zero(20));
    expectRun(await logits(lm), "mlp10");
    expectRun(await logits(copy), "mlp10and20");
  });

  test("3-LM14: clearEdits takes the edit in place away", async () => {
    await lm.edit({ inplace: true }, zero(10));
    expectRun(await logits(lm), "mlp10");
    lm.clearEdits();
    expectRun(await logits(lm), "garden");
  });

  test("3-LM15: an edit serves two prompts as it serves one", async () => {
    const mlp = lm.model.layers[10]!.mlp;
    const attachment = mlp.attach("batched", new Complex());
    const edited = await lm.edit(() => void mlp.output.fill(attachment(mlp.output, { hook: true }).mul(0)));
    const { out, last } = await edited.trace([garden, garden], () => ({
      out: attachment.output,
      last: lm.output.logits,
    }));
    expect(out.shape).toEqual([2, 9, 576]);
    for (const row of [0, 1]) expectRun(last.at(`${row}:${row + 1}`), "mlp10");
  });
});

test("3-LM16: a condition on a hidden state of a trace in a session", async () => {
  const run = (limit: number) =>
    lm.session((s) =>
      s.trace(lm, garden, (tracer) => {
        tracer.cond(ops.all(lm.model.layers[5]!.output[0].lt(limit)), () => {
          lm.model.layers[10]!.mlp.output.fill(0);
        });
        return lm.output.logits;
      }),
    );
  expectRun(await run(1e5), "mlp10");
  expectRun(await run(-1e5), "garden");
});

test("3-LM17: a block's inputs of one trace, set as its input in the next", async () => {
  const block = lm.model.layers[6]!;
  const second = await lm.session((s) => {
    const inputs = s.trace(lm, eiffel, () => block.inputs);
    return s.trace(lm, garden, () => {
      block.input = inputs[0][0];
      return lm.output.logits;
    });
  });
  expectRun(second, "eiffel");
});

describe("parameters", () => {
  test("4-LM04: a weight saved in a trace is equal, and another object", async () => {
    const { weight } = lm.model.layers[0]!.mlp.down_proj;
    const saved = await lm.trace(garden, () => lm.model.layers[0]!.mlp.down_proj.weight.save());
    expect(saved === weight).toBe(false);
    close(saved, weight, 1e-9);
  });

  test("4-LM05: on a model that has read no weights yet they are PyTorch's", async () => {
    const fresh = await loadModel();
    const saved = await fresh.trace(garden, () => fresh.model.layers[0]!.mlp.down_proj.weight);
    const { shape, sum, first } = reference.weight;
    expect(saved.shape).toEqual(shape);
    close(saved.at(0, ":8"), tensor([...first]), 1e-6);
    expect(saved.to("float64").sum().item()).toBeCloseTo(sum, 2);
  });

  test("4-LM06: the output computed from weight and input", async () => {
    const { down_proj } = lm.model.layers[0]!.mlp;
    const { made, own } = await lm.trace(garden, () => ({
      made: down_proj.input.matmul(down_proj.weight.transpose(0, 1)),
      own: down_proj.output,
    }));
    close(made, own, 1e-4);
  });

  test("4-LM07: a weight is read-only in a trace, so that later traces see what was loaded", async () => {
    const { down_proj } = lm.model.layers[0]!.mlp;
    await expect(lm.trace(garden, () => void down_proj.weight.fill(0))).rejects.toThrow(
      "read-only inside a trace",
    );
    const changed = await lm.trace(garden, () => {
      const weight = down_proj.weight.clone();
      weight.fill(0);
      return weight;
    });
    expect(changed.abs().sum().item()).toBe(0);
    expectRun(await lm.trace(garden, () => lm.output.logits), "garden");
  });
});
