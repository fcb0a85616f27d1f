/** Reads the header of a GGUF file: its metadata, and where each tensor lies and how it is packed. */
import { open } from "node:fs/promises";
import type { GGUFParseOutput } from "@huggingface/gguf";
import { ValueError } from "../base/errors.ts";
import { type FileRange, sizeOf } from "../tensor/host.ts";
import type { BlockFormat } from "./blocks/format.ts";
import { blockFormats } from "./blocks/table.ts";
import { codeOf } from "./file-range.ts";

export interface GgufTensor {
  readonly name: string;
  /** Row-major, so the reverse of how the file writes it. */
  readonly shape: readonly number[];
  readonly format: BlockFormat;
  readonly range: FileRange;
}

export interface GgufFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly GgufTensor[];
}

/**
 * The header of a file. The tensors' own bytes are not read, but all of them are there.
 * @throws ValueError when the file is not there, is not GGUF, is cut short, or packs a tensor in an unknown format
 */
export async function readGguf(path: string): Promise<GgufFile> {
  const size = await checkStart(path);
  // Loaded here because most models that are opened have been converted before.
  const { gguf, GGMLQuantizationType } = await import("@huggingface/gguf");
  let parsed: GGUFParseOutput;
  try {
    parsed = await gguf(path, { allowLocalFile: true });
  } catch (cause) {
    throw broken(path, `its header cannot be read (${(cause as Error).message})`, cause);
  }
  if (!parsed.littleEndian)
    throw new ValueError(`${path} is big-endian. Use the ordinary, little-endian file.`);
  const start = Number(parsed.tensorDataOffset);
  if (start > size)
    throw broken(path, `it is cut short: ${size} bytes, of which the header alone needs ${start}`);
  const tensors = parsed.tensorInfos.map((info) => {
    const format = blockFormats[info.dtype];
    if (!format)
      throw unknownFormat(path, info.name, GGMLQuantizationType[info.dtype] ?? `type ${info.dtype}`);
    const shape = info.shape.map(Number).reverse();
    const offset = start + Number(info.offset);
    const blocks = sizeOf(shape) / format.values;
    const ragged = (shape.at(-1) ?? 1) % format.values !== 0;
    if (!info.name || ragged)
      throw broken(path, `'${info.name}' of shape [${shape.join(", ")}] cannot be ${format.name}`);
    const length = blocks * format.bytes;
    if (!(offset + length <= size)) {
      throw broken(
        path,
        `it is cut short: '${info.name}' ends at byte ${offset + length}, the file at ${size}`,
      );
    }
    return { name: info.name, shape, format, range: { path, offset, length } };
  });
  if (!tensors.length) throw broken(path, "it has no tensors");
  return { path, metadata: { ...parsed.metadata }, tensors };
}

/** The size of the file in bytes, once it is known to be there and to begin as GGUF does. */
async function checkStart(path: string): Promise<number> {
  const file = await open(path).catch((cause) => {
    const what = codeOf(cause) === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new ValueError(`the model file ${path} cannot be opened: ${what}. Check the path.`, { cause });
  });
  try {
    const { size } = await file.stat();
    const start = Buffer.alloc(24);
    const { bytesRead } = await file.read(start, 0, 24, 0);
    const text = start.toString("latin1", 0, bytesRead);
    if (text.startsWith("version https://git-lfs")) {
      throw new ValueError(
        `${path} is a Git LFS pointer, not the model. Run \`git lfs pull\` where it was cloned.`,
      );
    }
    if (!text.startsWith("GGUF")) {
      throw new ValueError(
        `${path} is not a GGUF file: it begins with ${JSON.stringify(text.slice(0, 4))}, not "GGUF".`,
      );
    }
    if (bytesRead < 24) throw broken(path, `it is cut short, with ${size} bytes`);
    return size;
  } finally {
    await file.close();
  }
}

function unknownFormat(path: string, name: string, format: string): ValueError {
  const known = Object.values(blockFormats).map((format) => format.name);
  return new ValueError(
    `'${name}' in ${path} is packed as ${format}, which is not read yet. ` +
      `Use a file in ${known.slice(0, -1).join(", ")} or ${known.at(-1)}.`,
  );
}

const broken = (path: string, problem: string, cause?: unknown): ValueError =>
  new ValueError(`${path} is not a usable GGUF file: ${problem}. Fetch or install it again.`, { cause });
