import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { convertGguf } from "./convert.ts";
import { openFolder } from "./folder.ts";
import { openSafetensors } from "./safetensors.ts";

const tiny = golden("tiny.gguf");
let cache: string;

beforeEach(() => {
  cache = scratchFolder();
  vi.stubEnv("NNSIGHT_CACHE", cache);
});

const made = () => readdirSync(join(cache, "models"));

test("every weight is bit for bit what transformers loads", async () => {
  const goldens: Record<string, { shape: number[]; sha256: string }> = JSON.parse(
    readFileSync(golden("tiny.json"), "utf8"),
  );
  const { weights, config, tokenizer } = await openFolder(await convertGguf(tiny));
  expect([...weights.keys()].sort()).toEqual(Object.keys(goldens).sort());
  for (const [name, { shape, sha256 }] of Object.entries(goldens)) {
    const { data, ...host } = weights.get(name)!;
    expect(host.shape).toEqual(shape);
    expect(host.source!.offset % 64).toBe(0);
    expect(createHash("sha256").update(new Uint8Array(data.buffer)).digest("hex"), name).toBe(sha256);
  }
  expect(config).toMatchObject({ num_key_value_heads: 2, tie_word_embeddings: false });
  expect(tokenizer!.encode("hello<tool>")).toEqual([1, 262, 265]);
});

test("made once, with progress, in a folder that holds nothing else", async () => {
  const steps: { done: number; total: number }[] = [];
  const folder = await convertGguf(tiny, (step) => steps.push(step));
  const total = readFileSync(join(folder, "model.safetensors")).length;
  expect(steps.at(-1)).toEqual({ done: total, total });
  expect(steps.every(({ done }, i) => i === 0 || done > steps[i - 1]!.done)).toBe(true);
  expect(await convertGguf(tiny, () => expect.unreachable())).toBe(folder);
  expect(made()).toHaveLength(1);
});

test("made again when the file has changed, and what was made before goes", async () => {
  const path = join(scratchFolder(), "tiny.gguf");
  copyFileSync(tiny, path);
  const first = await convertGguf(path);
  utimesSync(path, 1, 1);
  const second = await convertGguf(path);
  expect(second).not.toBe(first);
  expect(made()).toHaveLength(1);
});

test("made again when its own file was damaged", async () => {
  const folder = await convertGguf(tiny);
  truncateSync(join(folder, "model.safetensors"), 1000);
  expect(openSafetensors(join(await convertGguf(tiny), "model.safetensors")).size).toBe(21);
  expect(made()).toHaveLength(1);
});

test("two at once make it once", async () => {
  let runs = 0;
  const folders = await Promise.all(
    [1, 2, 3].map(() => convertGguf(tiny, ({ done, total }) => void (runs += +(done === total)))),
  );
  expect(new Set(folders).size).toBe(1);
  expect(runs).toBe(1);
  expect(made()).toHaveLength(1);
});

test("two processes at once, one of them killed", async () => {
  const script = `import { convertGguf } from ${JSON.stringify(join(import.meta.dirname, "convert.ts"))};
    await convertGguf(process.argv[1], ({ done }) => { if (process.argv[2]) { console.log("half"); for (;;); } });
    console.log("done");`;
  const start = (...args: string[]) =>
    spawn(
      process.execPath,
      ["--experimental-strip-types", "--input-type=module", "-e", script, tiny, ...args],
      {
        env: { ...process.env, NODE_NO_WARNINGS: "1" },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
  const line = (child: ReturnType<typeof start>) =>
    new Promise<string>((done) => child.stdout!.once("data", (data) => done(String(data).trim())));
  const killed = start("stop half way");
  expect(await line(killed)).toBe("half");
  const other = line(start());
  killed.kill("SIGKILL");
  expect(await other).toBe("done");
  expect(made()).toHaveLength(1);
  await convertGguf(tiny, () => expect.unreachable());
}, 60_000);

test("what a killed process left is taken away, what a living one works on stays", async () => {
  const folder = await convertGguf(tiny);
  const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
  const gone = `${folder}.${machine}-999999999-aaaaaaaa.partial`;
  const alive = `${folder}.${machine}-${process.ppid}-bbbbbbbb.partial`;
  for (const path of [gone, alive]) mkdirSync(path);
  writeFileSync(`${folder}.lock`, `${machine}-999999999-aaaaaaaa`);
  truncateSync(join(folder, "model.safetensors"), 0);
  await convertGguf(tiny);
  expect(
    made()
      .map((name) => join(dirname(folder), name))
      .sort(),
  ).toEqual([folder, alive].sort());
});

test("a cache that cannot be written", async () => {
  const file = join(cache, "file");
  writeFileSync(file, "");
  vi.stubEnv("NNSIGHT_CACHE", join(file, "inside"));
  const error: Error = await convertGguf(tiny).catch((error) => error);
  expect(error.message.replaceAll(cache, "CACHE")).toMatchInlineSnapshot(
    `"CACHE/file/inside/models cannot be written (ENOTDIR). Set NNSIGHT_CACHE to a folder that can be."`,
  );
});

test("a file that cannot be used leaves nothing", async () => {
  const path = join(scratchFolder(), "cut.gguf");
  writeFileSync(path, readFileSync(tiny).subarray(0, 50_000));
  await expect(convertGguf(path)).rejects.toThrow(/it is cut short/);
  expect(made()).toEqual([]);
});
