/** Turns a GGUF file into a folder as Hugging Face has them, in float32, once: ONNX Runtime then maps the weights. */
import { createHash } from "node:crypto";
import { open, readdir, stat, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ValueError } from "../base/errors.ts";
import type { Role } from "../tensor/packed.ts";
import { type Architecture, architectureOf, type Factors } from "./architecture.ts";
import { cacheFolder, discard, makeOnce } from "./cache.ts";
import { isThere, readTextIfThere } from "./file-range.ts";
import { type GgufFile, type GgufTensor, readGguf } from "./gguf.ts";
import { tokenizerOf } from "./gguf-tokenizer.ts";
import { inModelOrder } from "./order.ts";
import type { Packing, Precision } from "./pack/role.ts";
import { type Loose, writePacked } from "./pack/write.ts";
import type { Progress } from "./progress.ts";
import { type Chunk, packedRows, transposed, unpack } from "./unpack.ts";

/** Raised whenever the same file would be converted to something else. */
const VERSION = 4;

const WEIGHTS = "model.safetensors";

/** What a model's weights are kept in, and what they are for, which its config tells. */
export interface Conversion {
  readonly precision: Precision;
  /** In the order of the model's modules, in which they are written. Without it none are kept in fewer bits. */
  readonly rolesOf?: ((config: Config) => ReadonlyMap<string, Role>) | undefined;
}

/**
 * The folder with `config.json`, `model.safetensors` and, if the file has a tokenizer that can be read, `tokenizer.json`
 * and `tokenizer_config.json`. Made when it is not there yet, or when the GGUF file is not the one it was made from.
 * @throws ValueError when the file is not there or cannot be used; RuntimeError when there is no room for the result
 */
export async function convertGguf(
  path: string,
  progress?: Progress,
  { precision, rolesOf }: Conversion = { precision: "float32" },
): Promise<string> {
  const name = `${basename(path, ".gguf")}${precision === "float32" ? "" : `.${precision}`}`;
  const folder = join(cacheFolder(), "models", `${name}-${await keyOf(path)}`);
  await discardIfDamaged(folder);
  await makeOnce(folder, async (partial) => {
    await convertInto(partial, path, { precision, rolesOf }, progress);
    await discardOlder(folder, path);
  });
  return folder;
}

/** Changes whenever the file may have changed: its size, its time and the start of its header are in it. */
async function keyOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    const file = await open(path);
    try {
      const { size, mtimeMs } = await file.stat();
      const start = Buffer.alloc(Math.min(size, 1 << 20));
      await file.read(start, 0, start.length, 0);
      hash.update(`${VERSION} ${size} ${mtimeMs} `).update(start);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new ValueError(
      `the model file ${path} cannot be read: ${(cause as Error).message}. Check the path.`,
      { cause },
    );
  }
  return hash.digest("hex").slice(0, 16);
}

/** Takes a folder away whose weights do not have the size that was written, as after a power cut. */
async function discardIfDamaged(folder: string): Promise<void> {
  if (!(await isThere(folder))) return;
  const weights = await stat(join(folder, WEIGHTS)).catch(() => undefined);
  const source = await sourceOf(folder);
  if (source?.bytes !== weights?.size) await discard(folder);
}

/** Takes away what was made of the same file before it changed: nothing can ask for it any more. */
async function discardOlder(folder: string, path: string): Promise<void> {
  const alike = basename(folder).replace(/[0-9a-f]{16}$/, "");
  for (const name of await readdir(dirname(folder))) {
    const other = join(dirname(folder), name);
    const isOlder =
      other !== folder && name.startsWith(alike) && /^[0-9a-f]{16}$/.test(name.slice(alike.length));
    const source = isOlder ? await sourceOf(other) : undefined;
    if (source?.path === path && source.version === VERSION) await discard(other);
  }
}

/** What a converted folder was made from. */
interface Source {
  readonly path: string;
  readonly version: number;
  /** Bytes of the weights that were written. */
  readonly bytes: number;
}

async function sourceOf(folder: string): Promise<Source | undefined> {
  const text = await readTextIfThere(join(folder, "source.json"));
  return text === undefined ? undefined : JSON.parse(text);
}

async function convertInto(
  folder: string,
  path: string,
  { precision, rolesOf }: Conversion,
  progress?: Progress,
): Promise<void> {
  const file = await readGguf(path);
  const architecture = architectureOf(file);
  const config = { ...architecture.config(file, await factorsIn(file)), torch_dtype: "float32" };
  const roles = rolesOf?.(config) ?? new Map<string, Role>();
  const all = file.tensors
    .filter((tensor) => !isFactor(tensor))
    .map((tensor) => [nameOf(tensor, architecture, path), tensor] as const);
  const named = new Map(inModelOrder(all, ([name]) => name, roles));
  const size = await writeWeights(folder, file, named, architecture, config, { precision, roles }, progress);
  const tokenizer = tokenizerOf(file.metadata);
  const texts: Record<string, unknown> = {
    "config.json": config,
    "source.json": { path, version: VERSION, bytes: size } satisfies Source,
    ...(tokenizer && { "tokenizer.json": tokenizer.tokenizer, "tokenizer_config.json": tokenizer.config }),
  };
  for (const [name, value] of Object.entries(texts)) {
    await writeFile(join(folder, name), JSON.stringify(value));
  }
}

type Config = Readonly<Record<string, unknown>>;

/** GGUF's own blocks go over as they are, where the kernel takes such ones. */
async function writeWeights(
  folder: string,
  { path }: GgufFile,
  named: ReadonlyMap<string, GgufTensor>,
  architecture: Architecture,
  config: Config,
  packing: Packing,
  progress?: Progress,
): Promise<number> {
  const source = await open(path);
  try {
    const tensors = [...named].map(([name, tensor]): Loose => {
      const heads = architecture.shuffledHeads?.(tensor.name, config);
      const lies = architecture.transposed?.(tensor.name) ?? false;
      const asStored = (): AsyncGenerator<Chunk> =>
        unpack(source, tensor, heads, architecture.added?.(tensor.name));
      const other = (): AsyncGenerator<Chunk> => transposed(asStored(), tensor.shape);
      return {
        name,
        shape: lies ? tensor.shape.toReversed() : tensor.shape,
        format: tensor.format.name,
        numbers: () => floatsOf(lies ? other() : asStored()),
        turned: () => floatsOf(lies ? asStored() : other()),
        blocks: () => packedRows(source, tensor, heads),
      };
    });
    return await writePacked(folder, tensors, packing, (size) => checkRoom(folder, size), progress);
  } finally {
    await source.close();
  }
}

async function* floatsOf(chunks: AsyncIterable<Chunk>): AsyncGenerator<Float32Array> {
  for await (const { bytes } of chunks) yield new Float32Array(bytes.buffer as ArrayBuffer);
}

/** What goes into the config, not into the weights. */
const isFactor = ({ name, shape }: GgufTensor): boolean =>
  /^rope_(freqs|factors_\w+)\.weight$/.test(name) && shape.length === 1 && shape[0]! <= 4096;

async function factorsIn({ path, tensors }: GgufFile): Promise<Factors> {
  const found = new Map<string, number[]>();
  const source = await open(path);
  try {
    for (const tensor of tensors.filter(isFactor)) {
      const values: number[] = [];
      for await (const { bytes } of unpack(source, tensor))
        values.push(...new Float32Array(bytes.buffer as ArrayBuffer));
      found.set(tensor.name, values);
    }
  } finally {
    await source.close();
  }
  return found;
}

function nameOf({ name }: GgufTensor, architecture: Architecture, path: string): string {
  const found = architecture.nameOf(name);
  if (found) return found;
  throw new ValueError(
    `${path} has a tensor '${name}' that is not known in its family. Use another file of this model.`,
  );
}

/** Says that the disk is full before half of the file is written. */
export async function checkRoom(folder: string, size: number): Promise<void> {
  const disk = await statfs(dirname(folder)).catch(() => undefined);
  if (!disk || disk.bavail * disk.bsize >= size) return;
  const text = `${size} bytes are needed, ${disk.bavail * disk.bsize} are free`;
  throw Object.assign(new Error(text), { code: "ENOSPC" });
}
