import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { type ModelFiles, openModel } from "./index.ts";
import { locateModel } from "./locate.ts";

const id = "HuggingFaceTB/SmolLM2-135M-Instruct";
const found = await locateModel(id).catch((error: Error) => {
  console.warn(`The tests of the real model are skipped: ${error.message}`);
  return undefined;
});
const read = (name: string) => JSON.parse(readFileSync(golden(name), "utf8"));
const goldens: {
  config: Record<string, number>;
  weights: Record<string, { shape: number[]; sum: number; norm: number }>;
} = read("smollm2.json");

let model: ModelFiles;
test.skipIf(!found)("opens, converted or not", async () => void (model = await openModel(id)), 60_000);

test.skipIf(!found)("its config is the one that transformers reads", () => {
  const { rms_norm_eps, ...rest } = goldens.config;
  expect(model.config).toMatchObject({ ...rest, model_type: "llama", rope_theta: 100000, head_dim: 64 });
  expect(Math.fround(Number(model.config.rms_norm_eps))).toBe(rms_norm_eps);
});

test.skipIf(!found)(
  "its weights are the ones that transformers reads",
  () => {
    const { "lm_head.weight": head, ...expected } = goldens.weights;
    expect(head).toEqual(expected["model.embed_tokens.weight"]);
    expect([...model.weights.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { shape, sum, norm }] of Object.entries(expected)) {
      const host = model.weights.get(name)!;
      expect(host.shape).toEqual(shape);
      if (shape.length === 1 || /layers\.(0|29)\.self_attn/.test(name)) {
        const values = host.data as Float32Array;
        const [s, n] = values.reduce(([s, n], x) => [s + x, n + x * x] as const, [0, 0] as readonly [
          number,
          number,
        ]);
        expect(Math.abs(s - sum)).toBeLessThan(1e-9 * (1 + norm * norm));
        expect(Math.abs(Math.sqrt(n) / norm - 1)).toBeLessThan(1e-9);
      }
    }
  },
  60_000,
);

test.skipIf(!found)("a second open takes a moment, and knows the special tokens", async () => {
  const start = performance.now();
  const again = await openModel(id, { progress: () => expect.unreachable() });
  expect(performance.now() - start).toBeLessThan(2000); // 0.1 s on a quiet machine
  expect(again.tokenizer).toMatchObject({ vocabSize: 49152, bosTokenId: 1, eosTokenId: 2, padTokenId: 2 });
});

const { strings }: { strings: { text: string; ids: number[]; plain: string }[] } = read("tokens.json");
test.skipIf(!found).each(strings)("token ids of $text", ({ text, ids, plain }) => {
  const tokenizer = model.tokenizer!;
  expect(tokenizer.encode(text)).toEqual(ids);
  expect(tokenizer.decode(ids)).toBe(text);
  expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(plain);
});
