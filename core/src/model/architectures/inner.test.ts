/** Values within attention and MLPs of every architecture, read and written, against transformers (goldens/inner.py). */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { golden } from "../../../goldens/files.ts";
import { distance } from "../../../goldens/small.ts";
import { LanguageModel, loadTensors, manualSeed, ops, type Tensor } from "../../index.ts";
import type { ModelType } from "./table.ts";

const { configs, long, seed, std } = JSON.parse(readFileSync(golden("architectures.json"), "utf8")) as {
  readonly seed: number;
  readonly std: number;
  readonly long: readonly number[];
  readonly configs: Readonly<Record<string, { readonly model_type: ModelType }>>;
};
/** The numbers that the golden's model was given. */
function pixels(): Tensor {
  manualSeed(seed);
  return ops.rand(2, 3, 8, 8);
}

let expected: Record<string, Tensor>;
beforeAll(async () => {
  expected = await loadTensors(golden("inner.safetensors"));
});

const random = (config: { readonly model_type: ModelType }): LanguageModel =>
  LanguageModel.random({ ...config, initializer_range: std }, { seed }) as unknown as LanguageModel;

describe.each(Object.entries(configs))("%s", (name, config) => {
  const lm = random(config);
  const input = (
    config.model_type === "vit"
      ? pixels()
      : config.model_type === "t5"
        ? { input_ids: [long], decoder_input_ids: [[0, 9, 4]] }
        : long
  ) as readonly number[];
  const bare = /^(bert|vit)$/.test(name);
  const result = (): Tensor =>
    (lm.output as unknown as Record<string, Tensor>)[bare ? "last_hidden_state" : "logits"]!;

  test("scores and pattern are transformers', and reading them changes nothing", async () => {
    const [scores, pattern, read] = await lm.trace(input, () => [
      lm.layers[1]!.attn.scores,
      lm.get("blocks.1.attn.hook_pattern"),
      result(),
    ]);
    const theirs = expected[`${name}.pattern`]!;
    expect(distance(pattern, theirs)).toBeLessThan(1e-5);
    // What is hidden is minus infinity here and the least float there.
    const seen = theirs.gt(0);
    expect(
      distance(ops.where(seen, scores, 0), ops.where(seen, expected[`${name}.scores`]!, 0)),
    ).toBeLessThan(1e-4);
    expect(distance(read, await lm.trace(input, result))).toBeLessThan(1e-5);
  });

  test("halving a head's pattern, or what it takes, gives what it gives there", async () => {
    const theirs = expected[`${name}.halved`]!;
    const byPattern = await lm.trace(input, () => {
      const { pattern } = lm.layers[1]!.attn;
      pattern.set([":", 1], pattern.at(":", 1).mul(0.5));
      return result();
    });
    expect(distance(byPattern, theirs)).toBeLessThan(5e-5);
    const byZ = await lm.trace(input, () => {
      const z = lm.get("blocks.1.attn.hook_z");
      z.set([":", ":", 1], z.at(":", ":", 1).mul(0.5));
      return result();
    });
    expect(distance(byZ, theirs)).toBeLessThan(5e-5);
  });

  test("what goes into a layer and what its halves make adds up", async () => {
    const at = (value: string): Tensor => lm.get(`blocks.1.${value}`) as unknown as Tensor;
    const first = config.model_type === "gpt_neox" ? ["hook_resid_pre", "hook_attn_out"] : ["hook_resid_mid"];
    const [sum, after, pre, post] = await lm.trace(input, () => [
      [...first, "hook_mlp_out"].map(at).reduce((a, b) => a.add(b)),
      at("hook_resid_post"),
      at("mlp.hook_pre"),
      at("mlp.hook_post"),
    ]);
    expect(pre.shape).toEqual(post.shape);
    // In BERT the norm stands between what the halves make.
    if (config.model_type === "bert") expect(distance(sum, after)).toBeGreaterThan(1e-2);
    else expect(distance(sum, after)).toBeLessThan(1e-4);
  });
});

test("queries, keys and values are those of the projections; outside a trace the error says so", async () => {
  const lm = random(configs["llama"]!);
  const [q, k, v, all] = await lm.trace(long, () => {
    const { q, k, v } = lm.model.layers[0]!.self_attn;
    const { q_proj, k_proj, v_proj } = lm.model.layers[0]!.self_attn;
    return [q.flatten(2), k.flatten(2), v.flatten(2), [q_proj, k_proj, v_proj].map((one) => one.output)];
  });
  for (const [i, own] of [q, k, v].entries()) expect(distance(own, all[i]!)).toBe(0);
  expect(() => lm.layers[0]!.attn.pattern).toThrow(
    "model.layers.0.self_attn.pattern is read outside a trace",
  );
  await expect(lm.trace(long, () => lm.get("blocks.0.hook_rot"))).rejects.toThrow("has no 'hook_rot'");
});

test("an assigned pattern is what the values are taken by, also in an edit and in generation", async () => {
  const lm = random(configs["llama"]!);
  const edited = await lm.edit(() => {
    lm.layers[1]!.attn.pattern = lm.layers[1]!.attn.pattern.mul(0);
  });
  const z = await edited.trace(long, () => edited.layers[1]!.attn.z);
  expect(z.abs().max().item()).toBe(0);
  const { patterns, keys } = await lm.generate(long, { maxNewTokens: 3 }, (tracer) => ({
    patterns: tracer.iter.all(() => lm.layers[0]!.attn.pattern.sum(-1)),
    keys: tracer.iter.all(() => lm.layers[0]!.attn.pattern),
  }));
  expect((keys as Tensor[]).map(({ shape }) => shape.at(-1))).toEqual([7, 8, 9]);
  for (const sum of patterns as Tensor[]) expect(sum.sub(1).abs().max().item()).toBeLessThan(1e-6);
});
