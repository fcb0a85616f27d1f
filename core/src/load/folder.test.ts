import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import type { Host } from "../tensor/host.ts";
import { readGguf } from "./gguf.ts";
import { tokenizerOf } from "./gguf-tokenizer.ts";
import { openModel } from "./index.ts";
import { writeSafetensors } from "./safetensors-write.ts";

const weight = (...values: number[]): Host => ({
  dtype: "float32",
  shape: [values.length],
  data: Float32Array.from(values),
});

/** A model in two files, with an index that says so. */
async function shardedModel(missing: readonly string[] = []): Promise<string> {
  const folder = scratchFolder();
  await writeSafetensors(join(folder, "1.safetensors"), new Map([["a", weight(1, 2)]]));
  await writeSafetensors(join(folder, "2.safetensors"), new Map([["b", weight(3)]]));
  const index = {
    a: "1.safetensors",
    b: "2.safetensors",
    ...Object.fromEntries(missing.map((name) => [name, "2.safetensors"])),
  };
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: index }));
  writeFileSync(join(folder, "config.json"), '{"model_type": "llama"}');
  return folder;
}

test("a model in several files, without a tokenizer", async () => {
  const folder = await shardedModel();
  const { config, weights, tokenizer, path } = await openModel(folder);
  expect(config).toEqual({ model_type: "llama" });
  expect([...weights].map(([name, { data }]) => [name, [...data]])).toEqual([
    ["a", [1, 2]],
    ["b", [3]],
  ]);
  expect(tokenizer).toBeUndefined();
  expect(path).toBe(folder);
});

test("a model in one file, with a tokenizer", async () => {
  const folder = scratchFolder();
  const files = tokenizerOf((await readGguf(golden("tiny.gguf"))).metadata)!;
  await writeSafetensors(join(folder, "model.safetensors"), new Map([["a", weight(1)]]));
  writeFileSync(join(folder, "config.json"), "{}");
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(files.tokenizer));
  const { tokenizer } = await openModel(folder);
  expect(tokenizer!.encode("hello")).toEqual([1, 262]);
  expect(tokenizer!.eosTokenId).toBeUndefined();
});

test("what is missing or broken is named", async () => {
  const folder = await shardedModel(["c", "d"]);
  await expect(openModel(folder)).rejects.toThrow(
    `${folder} lacks 2 weights, such as 'c'. Fetch the whole model again.`,
  );
  writeFileSync(join(folder, "config.json"), "{");
  await expect(openModel(folder)).rejects.toThrow(/config\.json is not JSON: .* Fetch it again\./);
});
