/** Weights of 16 bits as files of float32 in the cache folder, each made when it is first asked for: ONNX Runtime then maps them. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { RuntimeError } from "../base/errors.ts";
import type { FileRange } from "../tensor/host.ts";
import { cacheFolder } from "./cache.ts";
import { codeOf, readRange } from "./file-range.ts";
import { newOwner } from "./owner.ts";
import type { Stored } from "./stored.ts";

/** Bytes that are read at a time. */
const CHUNK = 1 << 24;

/** A model's folder for such files: another one when the model's files change. */
export function folderFor(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return join(cacheFolder(), "weights", hash.digest("hex").slice(0, 16));
}

/**
 * Where the values of a range lie as float32: a file of the folder, which is made if it is not there.
 * @throws RuntimeError when the disk is full or cannot be written
 */
export function widened(folder: string, name: string, range: FileRange, format: Stored): FileRange {
  const path = join(folder, `${createHash("sha256").update(name).digest("hex").slice(0, 24)}.f32`);
  const length = (range.length / format.bytes) * 4;
  if (statSync(path, { throwIfNoEntry: false })?.size !== length) make(path, range, format);
  return Object.freeze({ path, offset: 0, length });
}

/** Several processes may make the same file at once: each writes its own, and the last one's stays. */
function make(path: string, { path: from, offset, length }: FileRange, format: Stored): void {
  const partial = `${path}.${newOwner()}.partial`;
  try {
    mkdirSync(join(path, ".."), { recursive: true });
    const file = openSync(partial, "wx");
    try {
      for (let at = 0; at < length; at += CHUNK) {
        const bytes = readRange({ path: from, offset: offset + at, length: Math.min(CHUNK, length - at) });
        const { buffer, byteLength } = format.read(bytes);
        const values = new Uint8Array(buffer, 0, byteLength);
        for (let done = 0; done < values.length; ) done += writeSync(file, values, done);
      }
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (cause) {
    if (existsSync(partial)) rmSync(partial);
    const code = codeOf(cause);
    if (code === undefined) throw cause;
    throw new RuntimeError(
      `the weights cannot be widened to float32 in ${join(path, "..")} (${code}). Free space there, or set NNSIGHT_CACHE to a folder on another disk.`,
      { cause },
    );
  }
}
