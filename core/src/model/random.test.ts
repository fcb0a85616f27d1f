/** Models with drawn weights: equal seeds, tied weights, and configs that cannot be. */
import { expect, test } from "vitest";
import { LanguageModel } from "../index.ts";

const config = {
  model_type: "gpt2",
  n_layer: 2,
  n_embd: 8,
  n_head: 2,
  vocab_size: 20,
  n_positions: 16,
} as const;

test("equal seeds give equal weights, others do not", () => {
  const [a, b, c] = [3, 3, 4].map((seed) => LanguageModel.random(config, { seed }).transformer.h[0]!);
  expect(a!.attn.c_attn.weight.toArray()).toEqual(b!.attn.c_attn.weight.toArray());
  expect(a!.attn.c_attn.weight.toArray()).not.toEqual(c!.attn.c_attn.weight.toArray());
});

test("what config.json leaves out is as in Hugging Face", async () => {
  const lm = LanguageModel.random(config);
  expect(lm.transformer.h).toHaveLength(2);
  const [logits, hidden] = await lm.trace([1, 2, 3], () => [
    lm.output.logits,
    lm.transformer.h[1]!.output[0],
  ]);
  expect(logits!.shape).toEqual([1, 3, 20]);
  expect(hidden!.shape).toEqual([1, 3, 8]);
  expect(lm.lm_head.weight).toBe(lm.transformer.wte.weight);
});

test("a block's attention can be written", async () => {
  const lm = LanguageModel.random({ ...config, initializer_range: 0.3 });
  const [plain, cut] = await lm.session(() => [
    lm.trace([1, 2, 3], () => lm.output.logits),
    lm.trace([1, 2, 3], () => {
      lm.transformer.h[0]!.attn.output[0].fill(0);
      return lm.output.logits;
    }),
  ]);
  expect(
    (await plain!)
      .sub(await cut!)
      .abs()
      .max()
      .item(),
  ).toBeGreaterThan(0.01);
});

test.each([
  [{ model_type: "gtp2" as never }, "Near: 'gpt2'"],
  [{ model_type: "llama", hidden_size: 0 } as const, "hidden_size = 0, where a whole number above 0"],
  [{ model_type: "llama", vocab_size: 2 ** 40 } as const, "vocab_size = 1099511627776"],
  [
    { model_type: "llama", max_position_embeddings: 8, rope_scaling: { type: "spiral" } } as const,
    "rotary positions of the type 'spiral' are not known. Known: default",
  ],
  [
    { model_type: "llama", max_position_embeddings: 8, rope_scaling: { type: "linear" } } as const,
    "does not say 'factor'",
  ],
  [{ ...config, activation_function: "geluu" }, "Near: 'gelu'"],
])("%j is refused", (wrong, words) => {
  expect(() => LanguageModel.random(wrong)).toThrow(words);
});
