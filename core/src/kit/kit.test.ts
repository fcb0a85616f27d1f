/** The kit against naive loops, sums that must come out, and PyTorch. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { smallLlama } from "../../goldens/small.ts";
import { LanguageModel, manualSeed, ops, resetContexts, saveTensors, type Tensor, tensor } from "../index.ts";
import {
  ablate,
  ablations,
  activationPatching,
  attentionPattern,
  attributionPatching,
  decode,
  directLogitAttribution,
  encode,
  folded,
  foldedInto,
  headPatching,
  headScores,
  integratedGradients,
  labelled,
  largest,
  loadSAE,
  logisticProbe,
  logitDifference,
  logitLens,
  partsOf,
  pathPatching,
  ridgeProbe,
  type SAE,
  splice,
  steer,
  steeringVector,
} from "./index.ts";

beforeEach(() => resetContexts());

const lm = LanguageModel.random(
  { ...smallLlama, num_hidden_layers: 3 },
  { seed: 5 },
) as unknown as LanguageModel;
const gpt2 = LanguageModel.random(
  { model_type: "gpt2", vocab_size: 40, n_embd: 16, n_layer: 3, n_head: 4, initializer_range: 0.2 },
  { seed: 6 },
) as unknown as LanguageModel;
const models = [
  ["Llama", lm],
  ["GPT-2", gpt2],
] as const;
const clean = [3, 17, 5, 29, 8];
const corrupted = [3, 21, 5, 29, 8];
const metric = logitDifference(7, 11);

const correlation = (a: Tensor, b: Tensor): number => {
  const [x, y] = [a.sub(a.mean()), b.sub(b.mean())];
  return Number(
    x
      .mul(y)
      .sum()
      .div(x.pow(2).sum().mul(y.pow(2).sum()).sqrt())
      .item(),
  );
};
const close = (a: Tensor, b: Tensor): number => Number(a.sub(b).abs().max().item());

test("logit lens: the last layer's are the model's own", async () => {
  const lens = await logitLens(lm, clean);
  expect(lens.shape).toEqual([3, 5, 40]);
  const own = await lm.trace(clean, () => lm.output.logits.at(0));
  expect(close(lens.at(-1), own)).toBeLessThan(1e-5);
  const first = await lm.trace(clean, () => lm.lm_head(lm.model.norm(lm.model.layers[0]!.output[0])).at(0));
  expect(close(lens.at(0), first)).toBeLessThan(1e-5);
});

test.each(models)("direct logit attribution: the parts sum to the difference (%s)", async (name, model) => {
  const parts = await directLogitAttribution(model, clean, 7, 11);
  const whole = await model.trace(clean, () => metric(model.output.logits));
  expect(parts.labels.part).toHaveLength(name === "GPT-2" ? 8 : 7);
  expect(parts.labels.part.at(-1)).toBe(name === "GPT-2" ? "biases" : "model.layers.2.mlp");
  expect(Number(parts.sum().item())).toBeCloseTo(Number(whole.item()), 4);
});

test("direct logit attribution: an MLP's part is what the residual stream takes, after one more norm in Gemma 2", async () => {
  const model = LanguageModel.random({ ...smallLlama, model_type: "gemma2", head_dim: 4 } as never, {
    seed: 7,
  }) as unknown as LanguageModel;
  const parts = await directLogitAttribution(model, clean, 7, 11);
  const { norm, head } = partsOf(model);
  const written = await model.trace(clean, () => {
    const added = model.get("model.layers.1.post_feedforward_layernorm.output") as unknown as Tensor;
    return added.mul(norm.output.div(norm.input)).at(0, -1);
  });
  const expected = written.mul(head.weight.at(7).sub(head.weight.at(11))).sum();
  expect(close(parts.at(-1), expected)).toBeLessThan(1e-5);
});

test("a model with an encoder beside its decoder is refused, as a layer that is not there", async () => {
  const config = {
    model_type: "t5",
    vocab_size: 40,
    d_model: 16,
    d_kv: 4,
    d_ff: 24,
    num_layers: 2,
    num_heads: 4,
  };
  const t5 = LanguageModel.random(config as never) as unknown as LanguageModel;
  await expect(logitLens(t5, clean)).rejects.toThrow("this one has an encoder, too");
  await expect(steer(lm, 3, ops.zeros(16))).rejects.toThrow("the model has 3 layers: there is no 3");
  const [last, same] = [
    await steeringVector(lm, -1, [clean], [corrupted]),
    await steeringVector(lm, 2, [clean], [corrupted]),
  ];
  expect(last.toArray()).toEqual(same.toArray());
});

test("what makes no sense is refused", async () => {
  await expect(steeringVector(lm, 0, [], [clean])).rejects.toThrow("at least one of each");
  await expect(ablate(lm, clean, "model.layers.0.mlp", metric, "none" as never)).rejects.toThrow(
    "'none' is no ablation",
  );
  await expect(integratedGradients(lm, clean, metric, 2.5)).rejects.toThrow("steps is 2.5");
  await expect(headScores(lm, "text")).rejects.toThrow("give token ids instead of text");
  await expect(activationPatching(lm, clean, corrupted, () => undefined as never)).rejects.toThrow(
    "came to nothing",
  );
});

describe("labels", () => {
  const map = labelled(
    tensor([
      [1, -3, 0],
      [0.5, 2, 0],
    ]),
    { layer: [0, 1], position: ["a", " b", "a"] },
    "effect",
  );

  test("a picture and words with them; the largest places", () => {
    const bundle = (map as unknown as Record<symbol, () => Record<string, unknown>>)[
      Symbol.for("Jupyter.display")
    ]!();
    expect(bundle["text/plain"]).toMatch(/^effect \[layer 2, position 3\]\ntensor\(\[\[/);
    expect(JSON.stringify(bundle)).toContain('"2 a"');
    expect(largest(map, 2)).toEqual([
      { layer: 0, position: " b", value: -3 },
      { layer: 1, position: " b", value: 2 },
    ]);
    expect(map.mul(2).toArray()).toEqual([
      [2, -6, 0],
      [1, 4, 0],
    ]);
  });

  test("must be as many as there are places", () => {
    expect(() => labelled(tensor([1, 2]), { part: ["a"] }, "x")).toThrow("give one label for each place");
  });
});

describe("patching", () => {
  test("is the naive loop", async () => {
    const values = await activationPatching(lm, clean, corrupted, metric);
    expect(values.labels).toEqual({ layer: [0, 1, 2], position: corrupted.map(String) });
    const hidden = await lm.trace(clean, () => lm.model.layers.map((layer) => layer.output[0]));
    for (const [i, layer] of [...lm.model.layers].entries())
      for (const position of clean.keys()) {
        const one = await lm.trace(corrupted, () => {
          layer.output[0].set([":", position], hidden[i]!.at(":", position));
          return metric(lm.output.logits);
        });
        expect(Math.abs(Number(values.at(i, position).item()) - Number(one.item()))).toBeLessThan(1e-4);
      }
  });

  test("of a run into itself changes nothing", async () => {
    const values = await activationPatching(lm, clean, clean, metric);
    const plain = await lm.trace(clean, () => metric(lm.output.logits));
    expect(close(values, plain.reshape([1, 1]).expand([3, 5]))).toBeLessThan(1e-5);
  });

  test("to first order it is what small steps give", async () => {
    const values = await attributionPatching(lm, clean, corrupted, metric);
    const hidden = await lm.trace(clean, () => lm.model.layers[1]!.output[0]);
    const step = (share: number) =>
      lm.trace(corrupted, () => {
        const here = lm.model.layers[1]!.output[0];
        here.set([":", 1], here.at(":", 1).add(hidden.at(":", 1).sub(here.at(":", 1)).mul(share)));
        return metric(lm.output.logits);
      });
    const slope = (Number((await step(0.01)).item()) - Number((await step(-0.01)).item())) / 0.02;
    expect(Number(values.at(1, 1).item())).toBeCloseTo(slope, 2);
    await expect(attributionPatching(lm, [1, 2], [1], metric)).rejects.toThrow(
      "has 2 tokens and the corrupted one 1",
    );
  });

  test.each(models)("of heads is the naive loop (%s)", async (name, model) => {
    const map = await headPatching(model, clean, corrupted, metric);
    expect(map.shape).toEqual([3, 4]);
    const out = (layer: number) =>
      (name === "GPT-2"
        ? gpt2.get(`transformer.h.${layer}.attn.c_proj`)
        : lm.model.layers[layer]!.self_attn.o_proj) as unknown as { input: Tensor };
    for (const layer of [0, 2]) {
      const from = await model.trace(clean, () => out(layer).input);
      const one = await model.trace(corrupted, () => {
        out(layer).input.set([":", ":", "8:12"], from.at(":", ":", "8:12"));
        return metric(model.output.logits);
      });
      expect(Math.abs(Number(map.at(layer, 2).item()) - Number(one.item()))).toBeLessThan(1e-4);
    }
  });

  test("along paths: by hand; into itself nothing; of the last layer's heads all of their effect", async () => {
    const plain = await lm.trace(corrupted, () => metric(lm.output.logits));
    const none = await pathPatching(lm, corrupted, corrupted, metric);
    expect(close(none, plain.reshape([1, 1]).expand([3, 4]))).toBeLessThan(1e-5);
    const paths = await pathPatching(lm, clean, corrupted, metric);
    const heads = await headPatching(lm, clean, corrupted, metric);
    expect(close(paths.at(2), heads.at(2))).toBeLessThan(1e-4);
    const outs = lm.model.layers.map((layer) => layer.self_attn.o_proj);
    const read = (ids: number[]) => lm.trace(ids, () => outs.map((out) => out.input));
    const [from, kept] = [await read(clean), await read(corrupted)];
    const written = await lm.trace(corrupted, () => {
      outs[0]!.input.set([":", ":", "4:8"], from[0]!.at(":", ":", "4:8"));
      for (const layer of [1, 2]) outs[layer]!.input = kept[layer]!;
      return { value: metric(lm.output.logits), received: lm.model.layers[2]!.self_attn.q_proj.input };
    });
    expect(Math.abs(Number(paths.at(0, 1).item()) - Number(written.value.item()))).toBeLessThan(1e-4);
    const into = await pathPatching(lm, clean, corrupted, metric, ["model.layers.2.self_attn.q_proj"]);
    const ended = await lm.trace(corrupted, () => {
      lm.model.layers[2]!.self_attn.q_proj.input = written.received;
      return metric(lm.output.logits);
    });
    expect(Math.abs(Number(into.at(0, 1).item()) - Number(ended.item()))).toBeLessThan(1e-4);
    expect(close(into.at(2), plain.expand([4]))).toBeLessThan(1e-5);
  });

  test("attribution patching on SmolLM2 is PyTorch's", async () => {
    const reference = JSON.parse(readFileSync(golden("gradients.json"), "utf8")) as {
      clean: string;
      corrupted: string;
      answers: [number, number];
      attribution: number[][];
    };
    const real = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { progress: () => {} });
    const map = await attributionPatching(
      real,
      reference.clean,
      reference.corrupted,
      logitDifference(...reference.answers),
    );
    const most = Math.max(...reference.attribution.flat().map(Math.abs));
    for (const [i, row] of (map.toArray() as number[][]).entries())
      for (const [k, value] of row.entries())
        expect(Math.abs(value - reference.attribution[i]![k]!) / most).toBeLessThan(1e-3);
    expect(correlation(map, tensor(reference.attribution))).toBeGreaterThan(0.999);
  });
});

describe("steering", () => {
  test("factor 0 is the model, bit for bit; factor 1 adds the vector", async () => {
    const vector = await steeringVector(lm, 1, [clean], [corrupted]);
    const plain = await lm.trace(clean, () => lm.output.logits);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        fc.array(fc.nat(39), { minLength: 1, maxLength: 6 }),
        async (layer, ids) => {
          const same = await steer(lm, layer, vector, 0);
          const [own, steered] = [
            await lm.trace(ids, () => lm.output.logits),
            await same.trace(ids, () => same.output.logits),
          ];
          expect(steered.toArray()).toEqual(own.toArray());
        },
      ),
      { numRuns: 12 },
    );
    const same = await steer(lm, 1, vector, 0);
    expect((await same.trace(clean, () => same.output.logits)).toArray()).toEqual(plain.toArray());
    const other = await steer(lm, 1, vector);
    const by = await lm.trace(clean, () => {
      lm.model.layers[1]!.output[0].add_(vector);
      return lm.output.logits;
    });
    expect((await other.trace(clean, () => other.output.logits)).toArray()).toEqual(by.toArray());
  });

  test("ablations", async () => {
    const mlp = lm.model.layers[1]!.mlp;
    const [zero, mean] = [
      await ablate(lm, clean, "model.layers.1.mlp", metric),
      await ablate(lm, clean, "model.layers.1.mlp", metric, "mean"),
    ];
    const byHand = await lm.trace(clean, () => {
      mlp.output = mlp.output.mean(1, { keepdim: true }).expand([1, 5, 16]);
      return metric(lm.output.logits);
    });
    expect(mean.item()).toBe(byHand.item());
    expect(zero.item()).not.toBe(mean.item());
    const resampled = await ablate(lm, clean, mlp.path, metric, { resample: corrupted });
    const other = await lm.trace(corrupted, () => mlp.output);
    const swapped = await lm.trace(clean, () => {
      mlp.output = other;
      return metric(lm.output.logits);
    });
    expect(resampled.item()).toBe(swapped.item());
    const all = await ablations(lm, clean, metric, "mean");
    expect(all.labels).toEqual({ layer: [0, 1, 2], part: ["attention", "mlp"] });
    expect(all.at(1, 1).item()).toBe(mean.item());
    await expect(ablate(lm, clean, mlp.path, metric, { resample: [1] })).rejects.toThrow("has 5 tokens");
  });

  test("an autoencoder that is spliced in is felt only where its features change", async () => {
    manualSeed(1);
    const sae: SAE = {
      W_enc: ops.randn(16, 32),
      b_enc: ops.randn(32),
      W_dec: ops.randn(32, 16),
      b_dec: ops.randn(16),
    };
    const run = (change: (features: Tensor) => Tensor) =>
      lm.trace(clean, () => {
        const hidden = lm.model.layers[1]!.output[0];
        lm.model.layers[1]!.output[0] = splice(hidden, sae, change);
        return { hidden, after: lm.model.layers[1]!.output[0] };
      });
    const same = await run((features) => features);
    expect(close(same.after, same.hidden)).toBe(0);
    const none = await run((features) => features.mul(0));
    const without = none.hidden.sub(decode(sae, encode(sae, none.hidden))).add(sae.b_dec);
    expect(close(none.after, without)).toBeLessThan(1e-4);
  });
});

describe("autoencoders from files", () => {
  const x = tensor([[0.5, -1, 2]]);
  const [hidden, features] = [3, 5];
  const make = () => ({
    W_enc: ops.randn(hidden, features),
    b_enc: ops.randn(features),
    W_dec: ops.randn(features, hidden),
    b_dec: ops.randn(hidden),
  });
  const file = async (tensors: Record<string, Tensor>): Promise<string> => {
    const path = join(scratchFolder(), "sae.safetensors");
    await saveTensors(path, tensors);
    return path;
  };

  test("with SAELens's names, with sparsify's, with a threshold, and the k largest", async () => {
    const own = make();
    const sae = await loadSAE(await file(own));
    const by = x.sub(own.b_dec).matmul(own.W_enc).add(own.b_enc);
    expect(close(encode(sae, x), by.relu())).toBeLessThan(1e-6);
    expect(close(decode(sae, by), by.matmul(own.W_dec).add(own.b_dec))).toBeLessThan(1e-6);
    const named = {
      "encoder.weight": own.W_enc.transpose(0, 1).contiguous(),
      "encoder.bias": own.b_enc,
      W_dec: own.W_dec,
      b_dec: own.b_dec,
    };
    const two = await loadSAE(await file(named), { k: 2 });
    const kept = encode(two, x.mul(3)).toArray() as number[][];
    expect(kept[0]!.filter((one) => one > 0).length).toBeLessThanOrEqual(2);
    const jump = await loadSAE(await file({ ...own, threshold: ops.full([features], 0.7) }), {
      centred: false,
    });
    const scores = x.matmul(own.W_enc).add(own.b_enc);
    expect(close(encode(jump, x), ops.where(scores.gt(0.7), scores, 0))).toBeLessThan(1e-6);
  });

  test("another file is refused", async () => {
    await expect(file({ weight: x }).then((path) => loadSAE(path))).rejects.toThrow("has no 'W_dec'");
    const { b_enc: _, ...rest } = make();
    const wrong = file({ ...rest, b_enc: ops.zeros(2) });
    await expect(wrong.then((path) => loadSAE(path))).rejects.toThrow("do not fit together");
  });
});

test.each(models)(
  "folded norms and centred weights leave the logits as they are (%s)",
  async (name, model) => {
    const { norm, layers } = partsOf(model);
    const reader = model.get(
      name === "GPT-2" ? "transformer.h.1.mlp.c_fc" : "model.layers.1.mlp.up_proj",
    ) as unknown as Parameters<typeof foldedInto>[0] & { input: Tensor; output: Tensor };
    const own = model.get(
      name === "GPT-2" ? "transformer.h.1.ln_2" : "model.layers.1.post_attention_layernorm",
    ) as unknown as { weight: Tensor };
    const before = own.weight;
    own.weight = ops.linspace(0.5, 2, before.shape[0]!);
    const plain = await model.trace(clean, () => model.output.logits);
    const edited = await folded(model, { unembedding: true });
    const { made, normed, written, read, gave } = await edited.trace(clean, () => ({
      made: edited.output.logits,
      normed: norm.output,
      written: layers[1]!.mlp.output,
      read: reader.input,
      gave: reader.output,
    }));
    const { weight, bias } = foldedInto(reader, own);
    own.weight = before;
    expect(close(gave, read.matmul(weight).add(bias ?? 0))).toBeLessThan(1e-4);
    expect(close(made, plain.sub(plain.mean(-1, { keepdim: true })))).toBeLessThan(1e-4);
    expect(close(normed.pow(2).mean(-1), ops.ones(1, 5))).toBeLessThan(1e-2);
    if (name === "GPT-2") expect(close(written.mean(-1), ops.zeros(1, 5))).toBeLessThan(1e-5);
    else await expect((async () => folded(model, { writing: true }))()).rejects.toThrow("keeps the mean");
  },
);

test.each([
  ["phi3", "model.layers.1.mlp.gate_up_proj"],
  ["gpt_neox", "gpt_neox.layers.1.mlp.dense_h_to_4h"],
])("norms that several weights side by side read are folded, too (%s)", async (model_type, path) => {
  const model = LanguageModel.random(
    { ...smallLlama, num_key_value_heads: 4, rotary_pct: 1, model_type } as never,
    {
      seed: 8,
    },
  ) as unknown as LanguageModel;
  const own = model.get(path.replace(/mlp\..*/, "post_attention_layernorm")) as unknown as { weight: Tensor };
  own.weight = ops.linspace(0.5, 2, 16);
  const edited = await folded(model);
  const { made, normed } = await edited.trace(clean, () => ({
    made: edited.output.logits,
    normed: (edited.get(path) as unknown as { input: Tensor }).input,
  }));
  expect(close(made, await model.trace(clean, () => model.output.logits))).toBeLessThan(1e-4);
  expect(close(normed.pow(2).mean(-1), ops.ones(1, 5))).toBeLessThan(1e-2);
});

describe("probes", () => {
  type Fit = { penalty: number; weight: number[]; bias: number };
  const reference = JSON.parse(readFileSync(golden("probes.json"), "utf8")) as {
    features: number[][];
    targets: number[];
    labels: boolean[];
    ridge: Fit[];
    logistic: Fit[];
  };
  const features = tensor(reference.features);

  test.each(["ridge", "logistic"] as const)("%s is torch's", (kind) => {
    for (const { penalty, weight, bias } of reference[kind]) {
      const made =
        kind === "ridge"
          ? ridgeProbe(features, reference.targets, { penalty })
          : logisticProbe(features, reference.labels, { penalty });
      expect(close(made.weight, tensor(weight))).toBeLessThan(1e-4);
      expect(made.bias).toBeCloseTo(bias, 4);
      const said = features.matmul(tensor(weight)).add(bias);
      expect(close(made.predict(features), said)).toBeLessThan(1e-3);
    }
  });

  test("another number of targets is refused, and features that depend on each other without a penalty", () => {
    expect(() => ridgeProbe(features, [1])).toThrow("it was given [20, 6] and 1");
    expect(() => ridgeProbe(ops.ones(3, 2), [1, 2, 3], { penalty: 0 })).toThrow("depend on each other");
    expect(() => ridgeProbe(ops.ones(0, 2), [])).toThrow("it was given [0, 2] and 0");
    expect(() => logisticProbe(ops.ones(2, 2), [true, true])).toThrow("of one kind");
  });
});

test("integrated gradients sum to what the prompt adds", async () => {
  const each = await integratedGradients(lm, clean, metric, 64);
  const at = (share: number) =>
    lm.trace(clean, () => {
      partsOf(lm).embed.output.mul_(share);
      return metric(lm.output.logits);
    });
  const whole = Number((await at(1)).item()) - Number((await at(0)).item());
  expect(each.shape).toEqual([5]);
  expect(Math.abs(Number(each.sum().item()) - whole)).toBeLessThan(0.05 * Math.max(1, Math.abs(whole)));
  expect(each.delta).toBeCloseTo(Number(each.sum().item()) - whole, 5);
});

describe("what integrated gradients leave out", () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  beforeEach(() => warned.mockClear());
  afterAll(() => warned.mockRestore());

  test("is nothing for a model that is smooth along the way", async () => {
    const each = await integratedGradients(gpt2, clean, metric);
    expect(Math.abs(each.delta)).toBeLessThan(0.01 * Math.abs(Number(each.sum().item())));
    expect(warned).not.toHaveBeenCalled();
  });

  test("is told for a model that is steep near zeros", async () => {
    const llama = LanguageModel.random({ ...smallLlama, initializer_range: 0.02 }, { seed: 5 });
    const each = await integratedGradients(llama as unknown as LanguageModel, clean, metric, 8);
    const gain = Number(each.sum().item()) - each.delta;
    expect(Math.abs(each.delta)).toBeGreaterThan(0.05 * Math.abs(gain));
    expect(warned.mock.calls[0]![0]).toContain(`the metric gains ${gain.toPrecision(3)} along the way`);
  });
});

describe("heads", () => {
  let pattern: Tensor;
  beforeAll(async () => {
    pattern = await attentionPattern(lm, clean, 1);
  });

  test("the pattern is what attention does: it gives the layer's attention output", async () => {
    expect(pattern.shape).toEqual([4, 5, 5]);
    expect(close(pattern.sum(-1), ops.ones(4, 5))).toBeLessThan(1e-5);
    const { values, made } = await lm.trace(clean, () => {
      const { v_proj, o_proj } = lm.model.layers[1]!.self_attn;
      return { values: v_proj.output, made: o_proj.input };
    });
    const heads = values.unflatten(-1, [2, 4]).transpose(1, 2).repeatInterleave(2, 1).at(0);
    const by = pattern.matmul(heads).transpose(0, 1).flatten(1, 2);
    expect(close(by, made.at(0))).toBeLessThan(1e-5);
  });

  test("shares of known places", async () => {
    const ids = [4, 9, 4, 9, 4];
    const all = await headScores(lm, ids);
    expect(all.shape).toEqual([3, 3, 4]);
    const [previousToken, duplicateToken, inductive] = [all.at(0, 0), all.at(1, 0), all.at(2, 0)];
    const rows = (await attentionPattern(lm, ids, 0)).toArray() as number[][][];
    for (const [head, row] of rows.entries()) {
      const previous = [1, 2, 3, 4].map((q) => row[q]![q - 1]!);
      expect(Number(previousToken.at(head).item())).toBeCloseTo(previous.reduce((a, b) => a + b) / 4, 5);
      const duplicates = row[2]![0]! + row[3]![1]! + row[4]![0]! + row[4]![2]!;
      expect(Number(duplicateToken.at(head).item())).toBeCloseTo(duplicates / 3, 5);
      const induction = row[2]![1]! + row[3]![2]! + row[4]![1]! + row[4]![3]!;
      expect(Number(inductive.at(head).item())).toBeCloseTo(induction / 3, 5);
    }
  });
});
