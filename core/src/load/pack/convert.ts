/** Packs the weights of a safetensors folder into the cache folder, once. */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { cacheFolder, makeOnce } from "../cache.ts";
import { checkRoom } from "../convert.ts";
import { readRange } from "../file-range.ts";
import { inModelOrder } from "../order.ts";
import type { Progress } from "../progress.ts";
import { stored } from "../stored.ts";
import { turned } from "../unpack.ts";
import { folderFor } from "../widened.ts";
import { type Lying, lyingIn } from "./folder.ts";
import type { Packing } from "./role.ts";
import { type Loose, writePacked } from "./write.ts";

/** Raised whenever the same files would be packed to something else. */
const VERSION = 2;

/** Values that are read at a time, at least a row. */
const CHUNK = 1 << 21;

/** @returns the folder with the packed weights. @throws RuntimeError when there is no room */
export async function packFolder(
  folder: string,
  paths: readonly string[],
  packing: Packing,
  progress?: Progress,
): Promise<string> {
  const all = lyingIn(paths);
  const files = [...new Set([...all.values()].map(({ range }) => range.path))];
  const roles = [...all.keys()].map((name) => `${name} ${packing.roles.get(name) ?? ""}`).join("\n");
  const key = createHash("sha256")
    .update(`${VERSION} ${folderFor(files)} ${roles}`)
    .digest("hex")
    .slice(0, 16);
  const made = join(cacheFolder(), "models", `${basename(folder)}.${packing.precision}-${key}`);
  await makeOnce(made, async (partial) => {
    const tensors = [...all].filter(([, { entry }]) => isFloat(entry.format)).map(looseOf);
    const ordered = inModelOrder(tensors, ({ name }) => name, packing.roles);
    await writePacked(partial, ordered, packing, (size) => checkRoom(partial, size), progress);
  });
  return made;
}

const isFloat = (format: string): boolean => stored[format]!.dtype === "float32";

function looseOf([name, { entry, range }]: readonly [string, Lying]): Loose {
  const { shape, format } = entry;
  const { bytes, read } = stored[format]!;
  async function* rows(): AsyncGenerator<Float32Array> {
    const width = (shape.at(-1) ?? 1) * bytes;
    const step = width * Math.max(1, Math.floor((CHUNK * bytes) / width));
    for (let at = 0; at < range.length; at += step) {
      const piece = { ...range, offset: range.offset + at, length: Math.min(step, range.length - at) };
      yield read(readRange(piece)) as Float32Array;
    }
  }
  async function* columns(): AsyncGenerator<Float32Array> {
    yield turned(read(readRange(range)) as Float32Array, shape[0]!, shape[1]!);
  }
  return { name, shape, format, numbers: rows, turned: columns };
}
