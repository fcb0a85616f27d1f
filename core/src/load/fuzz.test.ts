/** Files that are cut, changed or made up to do harm: every loader answers with an error of ours, or reads them, and lives on. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { NNsightError } from "../base/errors.ts";
import { LanguageModel } from "../index.ts";
import { convertGguf } from "./convert.ts";
import { readGguf } from "./gguf.ts";
import { openSafetensors } from "./safetensors.ts";
import { Tokenizer } from "./tokenizer.ts";

/** Bytes that a loader may take in memory for a file of some kilobytes. */
const MOST_MEMORY = 400_000_000;

beforeEach(() => void vi.stubEnv("NNSIGHT_CACHE", scratchFolder()));

/** The same numbers each time. */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Copies of bytes, each cut, with bits changed, or with 8 bytes that say the most that they can. */
function* broken(bytes: Uint8Array, count: number, within = bytes.length): Generator<Buffer> {
  const draw = draws(7);
  for (let i = 0; i < count; i++) {
    const copy = Buffer.from(bytes);
    if (i % 3 === 0) yield copy.subarray(0, draw(within));
    else {
      if (i % 3 === 1) for (let k = 0; k < 4; k++) copy[draw(within)]! ^= 1 << draw(8);
      else copy.writeBigUInt64LE([2n ** 63n, 2n ** 53n, 2n ** 32n - 1n, 0n][draw(4)]!, draw(within - 8));
      yield copy;
    }
  }
}

/** Runs a loader: what it throws is ours. */
async function survives(load: () => unknown, what: string): Promise<Error | undefined> {
  try {
    await load();
    return undefined;
  } catch (error) {
    expect(error, `${what}: ${(error as Error).stack}`).toBeInstanceOf(NNsightError);
    expect((error as Error).message.length, what).toBeLessThan(2000);
    return error as Error;
  }
}

async function bounded(work: () => Promise<void>): Promise<void> {
  const before = process.memoryUsage.rss();
  await work();
  expect(process.memoryUsage.rss() - before).toBeLessThan(MOST_MEMORY);
}

test("safetensors", () =>
  bounded(async () => {
    const bytes = readFileSync(golden("saved.safetensors"));
    const path = join(scratchFolder(), "a.safetensors");
    for (const [i, copy] of [...broken(bytes, 90, Math.min(bytes.length, 1500))].entries()) {
      writeFileSync(path, copy);
      await survives(() => [...openSafetensors(path).values()].map(({ data }) => data.length), `copy ${i}`);
    }
  }));

test("GGUF", () =>
  bounded(async () => {
    const bytes = readFileSync(golden("gguf/gpt2.gguf"));
    const path = join(scratchFolder(), "a.gguf");
    for (const [i, copy] of [...broken(bytes, 60, 14_000)].entries()) {
      writeFileSync(path, copy);
      await survives(() => readGguf(path), `copy ${i}`);
      if (i % 6 === 0) await survives(() => convertGguf(path), `copy ${i}`);
    }
  }));

const folderWith = (name: string, text: string): string => {
  const folder = scratchFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify({ model_type: "llama" }));
  writeFileSync(join(folder, "model.safetensors"), readFileSync(golden("saved.safetensors")));
  writeFileSync(join(folder, name), text);
  return folder;
};

/** JSON that is valid and does not mean what it should. */
const odd = [
  "null",
  "[]",
  "7",
  '"text"',
  "{}",
  '{"model":null}',
  "[".repeat(100_000),
  `${"[".repeat(5000)}${"]".repeat(5000)}`,
];
const values: readonly unknown[] = [null, -1, 0, 1e308, 2 ** 53, "x", [], {}, true, 1.5];

describe("config.json", () => {
  const config = {
    model_type: "llama",
    vocab_size: 9,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    rope_scaling: { rope_type: "yarn", factor: 2, original_max_position_embeddings: 8 },
  };

  test.each(odd.map((text, i) => [i, text] as const))("odd file %i", async (_, text) => {
    expect(
      await survives(() => LanguageModel.load(folderWith("config.json", text)), text.slice(0, 20)),
    ).toBeDefined();
  });

  test("each key with each odd value", () =>
    bounded(async () => {
      for (const key of Object.keys(config))
        for (const value of values)
          await survives(
            () => LanguageModel.load(folderWith("config.json", JSON.stringify({ ...config, [key]: value }))),
            `${key} = ${JSON.stringify(value)}`,
          );
    }));
});

describe("tokenizer.json", () => {
  const whole = {
    added_tokens: [{ id: 3, content: "<s>" }],
    normalizer: { type: "NFC" },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
    decoder: { type: "ByteLevel" },
    post_processor: null,
    model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] },
  };
  const use = (json: unknown): unknown => {
    const tokenizer = new Tokenizer(json as object, {});
    return tokenizer.decode(tokenizer.encode("ab abc ".repeat(50)));
  };

  test.each(odd.map((text, i) => [i, text] as const))("odd file %i", async (_, text) => {
    await survives(() => LanguageModel.load(folderWith("tokenizer.json", text)), text.slice(0, 20));
  });

  test("each part with each odd value", () =>
    bounded(async () => {
      for (const key of Object.keys(whole))
        for (const value of values)
          await survives(() => use({ ...whole, [key]: value }), `${key} = ${JSON.stringify(value)}`);
      for (const key of Object.keys(whole.model))
        for (const value of values)
          await survives(
            () => use({ ...whole, model: { ...whole.model, [key]: value } }),
            `model.${key} = ${JSON.stringify(value)}`,
          );
    }));

  test("a pattern that takes for ever on ordinary texts, and nesting without end", async () => {
    let deep: object = { type: "Lowercase" };
    for (let i = 0; i < 20_000; i++) deep = { type: "Sequence", normalizers: [deep], pretokenizers: [deep] };
    await survives(() => use({ ...whole, normalizer: deep }), "normalizer");
    await survives(() => use({ ...whole, pre_tokenizer: deep }), "pre_tokenizer");
  });
});
