/** Models from folders: what the same weights give from a file, in one part or several, whole or in 16 bits, and behind links. */
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { scratchFolder } from "../../goldens/files.ts";
import { LanguageModel, saveTensors, type Tensor } from "../index.ts";

const config = {
  model_type: "gpt2",
  n_layer: 2,
  n_embd: 8,
  n_head: 2,
  vocab_size: 20,
  n_positions: 16,
  initializer_range: 0.25,
} as const;
const ids = [1, 2, 3, 4];
const own = LanguageModel.random(config, { seed: 9 });
const parameters = (): Record<string, Tensor> => Object.fromEntries(own.namedParameters());

afterEach(() => void vi.unstubAllEnvs());

function folder(): string {
  const at = scratchFolder();
  writeFileSync(join(at, "config.json"), JSON.stringify(config));
  return at;
}

async function difference(at: string): Promise<number> {
  const lm = await LanguageModel.load(at);
  const run = (model: { trace: typeof own.trace; output: typeof own.output }): Promise<Tensor> =>
    model.trace(ids, () => model.output.logits);
  return (await run(lm as unknown as typeof own))
    .sub(await run(own))
    .abs()
    .max()
    .item() as number;
}

test("one file, with and without the prefix of the whole model", async () => {
  const [whole, bare] = [folder(), folder()];
  await saveTensors(join(whole, "model.safetensors"), parameters());
  const names = Object.entries(parameters()).map(([name, x]) => [name.replace("transformer.", ""), x]);
  await saveTensors(join(bare, "model.safetensors"), Object.fromEntries(names));
  expect(await difference(whole)).toBe(0);
  expect(await difference(bare)).toBe(0);
});

test("several files behind links, as in Hugging Face's cache", async () => {
  const at = folder();
  const blobs = join(at, "blobs");
  mkdirSync(blobs);
  const entries = Object.entries(parameters());
  const parts = [entries.slice(0, 9), entries.slice(9)];
  const map: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const name = `model-0000${i + 1}-of-00002.safetensors`;
    await saveTensors(join(blobs, `b${i}`), Object.fromEntries(part));
    symlinkSync(join("blobs", `b${i}`), join(at, name));
    for (const [key] of part) map[key] = name;
  }
  writeFileSync(join(at, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  expect(await difference(at)).toBe(0);
});

test("of several files only those are opened that a trace needs", async () => {
  const at = folder();
  const entries = Object.entries(parameters());
  const isFirst = (name: string): boolean => /wte|wpe|h\.0\./.test(name);
  const map: Record<string, string> = {};
  for (const first of [true, false]) {
    const name = `${first ? "first" : "rest"}.safetensors`;
    const part = entries.filter(([key]) => isFirst(key) === first);
    await saveTensors(join(at, name), Object.fromEntries(part));
    for (const [key] of part) map[key] = name;
  }
  writeFileSync(join(at, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  const lm = await LanguageModel.load(at);
  rmSync(join(at, "rest.safetensors"));
  const block = await lm.trace(ids, () => (lm.get("transformer.h.0").output as unknown as Tensor[])[0]!);
  const expected = await own.trace(ids, () => own.transformer.h[0]!.output[0]);
  expect(block.sub(expected).abs().max().item()).toBe(0);
  await expect(lm.trace(ids, () => lm.output.logits)).rejects.toThrow("rest.safetensors");
});

test.each(["float16", "bfloat16"] as const)(
  "weights in %s, of which only those that a trace needs are widened",
  async (dtype) => {
    const cache = scratchFolder();
    vi.stubEnv("NNSIGHT_CACHE", cache);
    const at = folder();
    const narrow = Object.entries(parameters()).map(([name, x]) => [
      name,
      name.includes("ln_") ? x : x.to(dtype),
    ]);
    await saveTensors(join(at, "model.safetensors"), Object.fromEntries(narrow));
    const lm = await LanguageModel.load(at);
    await lm.trace(ids, () => lm.get("transformer.h.0").output);
    const files = (): number => readdirSync(join(cache, "weights"), { recursive: true }).length - 1;
    expect(files()).toBe(14);
    const least = await difference(at);
    expect(least).toBeGreaterThan(0);
    expect(least).toBeLessThan(dtype === "float16" ? 5e-3 : 5e-2);
    expect(files()).toBe(28);
  },
);

test("weights that do not fit their config, and indexes that lead outside", async () => {
  const [small, outside] = [folder(), folder()];
  const { "transformer.wpe.weight": wpe, ...others } = parameters();
  await saveTensors(join(small, "model.safetensors"), { ...others, "transformer.wpe.weight": wpe!.at("1:") });
  await expect(LanguageModel.load(small)).rejects.toThrow(
    /'transformer.wpe.weight' of .* is \[15, 8\], where its config asks for \[16, 8\]/,
  );
  await saveTensors(join(small, "model.safetensors"), others);
  await expect(LanguageModel.load(small)).rejects.toThrow("lacks 1 weights");
  writeFileSync(
    join(outside, "model.safetensors.index.json"),
    JSON.stringify({ weight_map: { a: "../x.safetensors" } }),
  );
  writeFileSync(join(outside, "part.safetensors"), "");
  await expect(LanguageModel.load(outside)).rejects.toThrow(
    "names '../x.safetensors', which is no file in it",
  );
});
