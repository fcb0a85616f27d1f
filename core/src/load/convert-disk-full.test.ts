import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../goldens/files.ts";
import { RuntimeError } from "../base/errors.ts";
import { convertGguf } from "./convert.ts";

const disk = vi.hoisted(() => ({ free: Infinity, room: Infinity }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  return { ...real, statfs: async () => ({ bavail: disk.free, bsize: 1 }) };
});

vi.mock("./file-range.ts", async (original) => {
  const real = await original<typeof import("./file-range.ts")>();
  const writeAt: typeof real.writeAt = async (file, bytes, offset) => {
    if (offset + bytes.length > disk.room)
      throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    await real.writeAt(file, bytes, offset);
  };
  return { ...real, writeAt };
});

let cache: string;

beforeEach(() => {
  cache = scratchFolder();
  vi.stubEnv("NNSIGHT_CACHE", cache);
});

test.each([
  ["too little is free before", { free: 1000, room: Infinity }],
  ["it fills up on the way", { free: Infinity, room: 100_000 }],
])("a full disk leaves nothing behind: %s", async (_, state) => {
  Object.assign(disk, state);
  const error: unknown = await convertGguf(golden("tiny.gguf")).catch((error) => error);
  expect(error).toBeInstanceOf(RuntimeError);
  expect((error as Error).message.replaceAll(cache, "CACHE")).toMatchInlineSnapshot(
    `"the disk is full: CACHE/models has no room for the converted model. Free some space there, or set NNSIGHT_CACHE to a folder on another disk."`,
  );
  expect(readdirSync(join(cache, "models"))).toEqual([]);
});
