/** The kit against naive loops, sums that must come out, and PyTorch. */
import { readFileSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { LanguageModel, manualSeed, ops, resetContexts, type Tensor } from "../index.ts";
import {
  ablate,
  activationPatching,
  attentionPattern,
  attributionPatching,
  decode,
  directLogitAttribution,
  encode,
  headScores,
  integratedGradients,
  logitDifference,
  logitLens,
  partsOf,
  type SAE,
  splice,
  steer,
  steeringVector,
} from "./index.ts";

beforeEach(() => resetContexts());

const lm = LanguageModel.random(
  {
    model_type: "llama",
    vocab_size: 40,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    initializer_range: 0.2,
  },
  { seed: 5 },
) as unknown as LanguageModel;
const clean = [3, 17, 5, 29, 8];
const corrupted = [3, 21, 5, 29, 8];
const metric = logitDifference(7, 11);

const close = (a: Tensor, b: Tensor): number => Number(a.sub(b).abs().max().item());

test("logit lens: the last layer's are the model's own", async () => {
  const lens = await logitLens(lm, clean);
  expect(lens.shape).toEqual([3, 5, 40]);
  const own = await lm.trace(clean, () => lm.output.logits.at(0));
  expect(close(lens.at(-1), own)).toBeLessThan(1e-5);
  const first = await lm.trace(clean, () => lm.lm_head(lm.model.norm(lm.model.layers[0]!.output[0])).at(0));
  expect(close(lens.at(0), first)).toBeLessThan(1e-5);
});

test("direct logit attribution: the parts sum to the difference", async () => {
  const { labels, values } = await directLogitAttribution(lm, clean, 7, 11);
  const whole = await lm.trace(clean, () => metric(lm.output.logits));
  expect(labels).toHaveLength(7);
  expect(Number(values.sum().item())).toBeCloseTo(Number(whole.item()), 4);
});

describe("patching", () => {
  test("is the naive loop", async () => {
    const { values, layers, tokens } = await activationPatching(lm, clean, corrupted, metric);
    expect([layers.length, tokens]).toEqual([3, corrupted.map(String)]);
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
    const { values } = await activationPatching(lm, clean, clean, metric);
    const plain = await lm.trace(clean, () => metric(lm.output.logits));
    expect(close(values, plain.reshape([1, 1]).expand([3, 5]))).toBeLessThan(1e-5);
  });

  test("to first order it is what small steps give", async () => {
    const { values } = await attributionPatching(lm, clean, corrupted, metric);
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
    const largest = Math.max(...reference.attribution.flat().map(Math.abs));
    for (const [i, row] of (map.values.toArray() as number[][]).entries())
      for (const [k, value] of row.entries())
        expect(Math.abs(value - reference.attribution[i]![k]!) / largest).toBeLessThan(1e-3);
  });
});

describe("steering", () => {
  test("factor 0 is the model, bit for bit; factor 1 adds the vector", async () => {
    const vector = await steeringVector(lm, 1, [clean], [corrupted]);
    const plain = await lm.trace(clean, () => lm.output.logits);
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
    const scores = await headScores(lm, ids, 0);
    const rows = (await attentionPattern(lm, ids, 0)).toArray() as number[][][];
    for (const [head, row] of rows.entries()) {
      const previous = [1, 2, 3, 4].map((q) => row[q]![q - 1]!);
      expect(Number(scores.previousToken.at(head).item())).toBeCloseTo(
        previous.reduce((a, b) => a + b) / 4,
        5,
      );
      const duplicates = row[2]![0]! + row[3]![1]! + row[4]![0]! + row[4]![2]!;
      expect(Number(scores.duplicateToken.at(head).item())).toBeCloseTo(duplicates / 3, 5);
      const induction = row[2]![1]! + row[3]![2]! + row[4]![1]! + row[4]![3]!;
      expect(Number(scores.induction.at(head).item())).toBeCloseTo(induction / 3, 5);
    }
  });
});
