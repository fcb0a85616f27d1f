/** Models whose weights are kept in fewer bits: the numbers that they stand for, and that the model computes with just these. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../../goldens/files.ts";
import { distance } from "../../../goldens/small.ts";
import { LanguageModel, type Tensor } from "../../index.ts";
import { local } from "../../model/nnsight.ts";
import { bfloatBits, halfBits } from "../../tensor/half.ts";
import type { Host } from "../../tensor/host.ts";
import { BLOCK, type Blocks, type Role } from "../../tensor/packed.ts";
import { isLazy } from "../../trace/state.ts";
import { half } from "../blocks/float.ts";
import { blockFormats } from "../blocks/table.ts";
import { writeSafetensors } from "../safetensors-write.ts";
import { numbersIn } from "./open.ts";
import { eightBits, fourBits, type PackedRows, takenOver } from "./quantize.ts";
import { formOf } from "./role.ts";

const COLUMNS = 4 * BLOCK;

const numbersOf = (
  { values, scales, offsets }: PackedRows,
  columns: number,
  planes: number,
): Float32Array => {
  const count = columns / BLOCK;
  const rows = scales.length / planes / count;
  const host = (data: Host["data"], ...shape: number[]): Host => ({ dtype: "float32", shape, data });
  const packed: Blocks = {
    kind: "blocks",
    values: host(values, rows, planes * count, 16),
    scales: host(scales, rows, planes * count),
    ...(offsets && { offsets: host(offsets, rows, count) }),
    planes,
    turned: false,
    rounds: false,
  };
  return numbersIn(packed);
};

const goldens: Record<string, { type: number; blocks: string; values: string }> = JSON.parse(
  readFileSync(golden("gguf_blocks.json"), "utf8"),
);

test.each(Object.keys(takenOver))("%s is taken over number by number", (name) => {
  const { blocks, values } = goldens[name]!;
  const bytes = Buffer.from(blocks, "base64");
  const expected = new Float32Array(new Uint8Array(Buffer.from(values, "base64")).buffer);
  const made = numbersOf(takenOver[name]!(bytes, expected.length), expected.length, name === "Q8_0" ? 2 : 1);
  const largest = (at: number): number => Math.max(...expected.subarray(at, at + BLOCK).map(Math.abs));
  for (const [i, value] of made.entries())
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(2e-6 * largest(i - (i % BLOCK)));
  expect(blockFormats[goldens[name]!.type]!.name).toBe(name);
});

const waves = Float32Array.from({ length: 3 * COLUMNS }, (_, i) => Math.sin(i * i) * (1 + (i % 7)));

test("numbers are rounded to the nearest of 16 between the least and the greatest of their block", () => {
  const made = numbersOf(fourBits(waves, COLUMNS), COLUMNS, 1);
  for (let at = 0; at < waves.length; at += BLOCK) {
    const block = waves.subarray(at, at + BLOCK);
    const step = (Math.max(...block) - Math.min(...block)) / 15;
    for (const [i, value] of block.entries())
      expect(Math.abs(made[at + i]! - value)).toBeLessThan(0.501 * step);
  }
});

test("and to the nearest of 239 around zero; nothing stays nothing", () => {
  const made = numbersOf(eightBits(waves, COLUMNS), COLUMNS, 2);
  for (let at = 0; at < waves.length; at += BLOCK) {
    const block = waves.subarray(at, at + BLOCK);
    const step = Math.max(...block.map(Math.abs)) / 119;
    for (const [i, value] of block.entries())
      expect(Math.abs(made[at + i]! - value)).toBeLessThan(0.501 * step);
  }
  expect([...numbersOf(fourBits(new Float32Array(COLUMNS), COLUMNS), COLUMNS, 1)].every((x) => x === 0)).toBe(
    true,
  );
});

test("float16 rounds to the nearest, halves to even", () => {
  const bytes = new Uint8Array(2);
  for (let word = 0; word < 0x7c00; word += 37) {
    const at = (bits: number): number => {
      new DataView(bytes.buffer).setUint16(0, bits, true);
      return half(bytes, 0);
    };
    const [here, next] = [at(word), at(word + 1)];
    expect(halfBits(here)).toBe(word);
    expect(halfBits(-here) & 0x7fff).toBe(word);
    if (Number.isFinite(next)) expect(halfBits((here + next) / 2)).toBe(word + (word & 1));
  }
  expect([70_000, Number.NaN, -Number.POSITIVE_INFINITY].map(halfBits)).toEqual([0x7c00, 0x7e00, 0xfc00]);
});

test("what stays float32, and what has 8 bits", () => {
  const roles = new Map<string, Role>([
    ["table", "table"],
    ["head", "product"],
    ["conv", "turned"],
  ]);
  const packing = { precision: "q4", roles } as const;
  const planes = (name: string, shape: number[], format: string): number | string => {
    const form = formOf(packing, name, shape, format);
    return form.kind === "blocks" ? form.planes : form.kind;
  };
  expect(planes("norm", [64, 64], "F32")).toBe("floats");
  expect(planes("head", [64, 48], "F32")).toBe("floats");
  expect(planes("conv", [48, 64], "F32")).toBe("floats");
  expect(planes("head", [48, 64], "Q4_K")).toBe(1);
  expect(planes("head", [48, 64], "Q6_K")).toBe(2);
  expect(planes("table", [48, 64], "F16")).toBe(2);
  expect(planes("table", [48, 64], "Q4_1")).toBe(1);
});

test("beside float32 lie a file's own blocks of 4 bits", () => {
  const packing = { precision: "float32", roles: new Map([["head", "product" as const]]) } as const;
  const of = (format: string, name = "head") => formOf(packing, name, [48, 64], format);
  expect(of("Q4_1")).toMatchObject({ kind: "blocks", straight: true, beside: true });
  for (const form of [of("Q8_0"), of("Q4_K"), of("F32"), of("Q4_1", "norm")])
    expect(form).toEqual({ kind: "floats" });
});

/** A random model in a folder, in a number format. */
async function folderOf(config: object, dtype: "float32" | "bfloat16") {
  const folder = join(scratchFolder(), "model");
  mkdirSync(folder, { recursive: true });
  const made = LanguageModel.random(config as typeof llama, { seed: 3 });
  const tensors = new Map<string, Host>();
  for (const [name, { state }] of Object.entries(weightsOf(made))) {
    if (isLazy(state)) continue;
    const { shape, data } = state;
    const bits = Uint16Array.from(data as Float32Array, bfloatBits);
    tensors.set(name, dtype === "float32" ? { dtype, shape, data } : { dtype, shape, data: bits });
  }
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  return folder;
}

const llama = {
  model_type: "llama",
  vocab_size: 99,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  initializer_range: 0.1,
} as const;
const gpt2 = {
  model_type: "gpt2",
  vocab_size: 99,
  n_embd: 64,
  n_layer: 2,
  n_head: 4,
  initializer_range: 0.1,
} as const;

interface Parameters {
  stateDict(): Record<string, Tensor>;
  loadStateDict(state: Record<string, Tensor>): unknown;
}
const weightsOf = (lm: object): Record<string, Tensor> => (lm as Parameters).stateDict();

/** Gives a model the numbers that the weights of another stand for. */
const takeOver = (to: object, from: object): unknown =>
  (to as Parameters).loadStateDict(
    Object.fromEntries(Object.entries(weightsOf(from)).map(([name, value]) => [name, value.mul(1)])),
  );

const IDS = [3, 17, 42, 5, 96, 11, 60];
const quiet = { progress: () => undefined };

let cache: string;
beforeEach(() => {
  cache = scratchFolder();
  vi.stubEnv("NNSIGHT_CACHE", cache);
});

test.each([
  ["llama", "float16", 0.01],
  ["llama", "q8", 0.05],
  ["llama", "q4", 0.5],
  ["gpt2", "float16", 0.01],
  ["gpt2", "q4", 0.5],
  ["tiny.gguf", "q4", 0.5],
] as const)("%s in %s computes with the numbers that it stands for", async (name, dtype, most) => {
  const path =
    name === "tiny.gguf" ? golden(name) : await folderOf(name === "llama" ? llama : gpt2, "float32");
  const lm = await LanguageModel.load(path, { ...quiet, dtype });
  const plain = await LanguageModel.load(path, quiet);
  const logits = await lm.trace(IDS, () => lm.output.logits);
  const exact = await plain.trace(IDS, () => plain.output.logits);
  const kept = Object.values(weightsOf(lm)).filter(({ state }) => !isLazy(state) && state.packed).length;
  expect(kept).toBeGreaterThan(8);
  takeOver(plain, lm);
  const same = await plain.trace(IDS, () => plain.output.logits);
  const largest = exact.abs().max().item() as number;
  expect(distance(logits, same) / largest).toBeLessThan(1e-5);
  expect(distance(exact, same) / largest).toBeGreaterThan(1e-6);
  expect(distance(exact, same) / largest).toBeLessThan(most);
});

test("edits, batches, weights as values and gradients are as with float32", async () => {
  const folder = await folderOf(llama, "float32");
  const lm = await LanguageModel.load(folder, { ...quiet, dtype: "q4" });
  const plain = await LanguageModel.load(folder, quiet);
  takeOver(plain, lm);
  const run = (model: typeof lm) =>
    model.trace((tracer) => {
      const edited = tracer.invoke(IDS, () => {
        model.model.layers[0]!.mlp.output.mul_(2);
        return model.output.logits.at(0, -1);
      });
      const short = tracer.invoke(IDS.slice(0, 3), () => model.output.logits.at(0, -1));
      const rows = tracer.invoke(IDS, () => model.lm_head.weight.at("0:2").mul(2));
      return [edited, short, rows] as Tensor[];
    });
  const gradient = (model: typeof lm) =>
    model.trace(IDS, () => {
      const hidden = model.model.layers[0]!.output[0];
      model.output.logits.at(0, -1, 5).backward();
      return hidden.grad;
    });
  const [few, all] = [await run(lm), await run(plain)];
  for (const [i, one] of few.entries()) expect(distance(one, all[i]!)).toBeLessThan(2e-5);
  expect(distance(await gradient(lm), await gradient(plain))).toBeLessThan(2e-5);
});

test("16-bit files are used where they lie, and what is made of others is made once", async () => {
  const folder = await folderOf(llama, "float32");
  const halvesFolder = await folderOf(llama, "bfloat16");
  const halves = await LanguageModel.load(halvesFolder, { ...quiet, dtype: "float16" });
  const exact = await LanguageModel.load(folder, quiet);
  const [few, all] = [
    await halves.trace(IDS, () => halves.output.logits),
    await exact.trace(IDS, () => exact.output.logits),
  ];
  expect(distance(few, all)).toBeLessThan(0.2);
  expect(readdirSync(cache)).toEqual([]);
  await LanguageModel.load(folder, { ...quiet, dtype: "q8" });
  await LanguageModel.load(folder, { dtype: "q8", progress: () => expect.unreachable() });
  expect(readdirSync(join(cache, "models"))).toHaveLength(1);
});

test("activations of 8 bits are near, and not the same", async () => {
  const folder = await folderOf(llama, "float32");
  const exact = await LanguageModel.load(folder, { ...quiet, dtype: "q4" });
  const lm = await LanguageModel.load(folder, { ...quiet, dtype: "q4", activations: "int8" });
  const [a, b] = [
    await exact.trace(IDS, () => exact.output.logits),
    await lm.trace(IDS, () => lm.output.logits),
  ];
  expect(distance(a, b)).toBeGreaterThan(1e-4);
  expect(distance(a, b)).toBeLessThan(0.5);
});

test("another word is refused", async () => {
  const folder = await folderOf(llama, "float32");
  await expect(
    LanguageModel.load(folder, { dtype: "int4" as never }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: dtype: "int4" is no way to keep weights. Use "float32", "float16", "q8", "q4".]`,
  );
});

test.each([
  ["q4", true],
  ["float32", false],
] as const)("%s: of a trace and a generation only one keeps its packed weights: %s", async (dtype, goes) => {
  const lm = await LanguageModel.load(await folderOf(llama, "float32"), { ...quiet, dtype });
  const before = local.sessions.released;
  const plain = await lm.trace([1, 2, 3], () => lm.output.logits.at(":", -1).argmax(-1));
  const made = await lm.generate([1, 2, 3], { maxNewTokens: 2, trace: false });
  expect(local.sessions.released > before).toBe(goes);
  expect(made.at(":", 3).toArray()).toEqual(plain.toArray());
});
