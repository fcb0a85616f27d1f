/** GGUF files of every family give transformers' numbers, and the ids of tokenizers with the same words (goldens/gguf_families.py). */
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { LanguageModel } from "../index.ts";

interface Golden {
  readonly kind: string;
  readonly tied: boolean;
  readonly logits: readonly number[];
  readonly tokens: readonly (readonly number[])[];
}

const { ids, texts, files } = JSON.parse(readFileSync(golden("gguf.json"), "utf8")) as {
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly files: Readonly<Record<string, Golden>>;
};

test.each(Object.entries(files))("%s", async (name, { kind, tied, logits, tokens }) => {
  vi.stubEnv("NNSIGHT_CACHE", scratchFolder());
  const lm = await LanguageModel.load(golden(`gguf/${name}.gguf`), { progress: () => undefined });
  expect(lm.config).toMatchObject({ model_type: kind, tie_word_embeddings: tied });
  const made = await lm.trace(ids, () => lm.output.logits.at(0, -1));
  const far = made.toArray().map((x, i) => Math.abs((x as number) - logits[i]!));
  expect(far.length).toBe(logits.length);
  expect(Math.max(...far)).toBeLessThan(5e-5);
  expect(texts.map((text) => lm.tokenizer.encode(text))).toEqual(tokens);
  for (const text of texts.filter((text) => text === text.normalize("NFC")))
    expect(lm.tokenizer.decode(lm.tokenizer.encode(text), { skipSpecialTokens: true })).toBe(text);
});
