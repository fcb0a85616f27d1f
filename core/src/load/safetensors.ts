/** Reads safetensors files: every tensor stays in the file until its values are asked for. */
import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { NNsightError, ValueError } from "../base/errors.ts";
import { type Data, type FileRange, type Host, viewed } from "../tensor/host.ts";
import { readRange } from "./file-range.ts";
import { type Entry, parseHeader } from "./safetensors-header.ts";
import { stored } from "./stored.ts";
import { folderFor, widened } from "./widened.ts";

/** Bytes of the longest header that is read, as in Hugging Face's own library. */
const LONGEST_HEADER = 100_000_000;

/**
 * The weights of one or several files by name, in the order of their bytes. What is not exact in its file is converted
 * when it is asked for: 16-bit floats have a `source` in the cache folder, and so have all others beside them, as ONNX
 * Runtime maps from one folder; integers have none.
 * @throws ValueError when a file is not there, is cut short, or its header contradicts itself or the file
 */
export function openSafetensors(...paths: readonly string[]): Map<string, Host> {
  const found = paths.flatMap((path) => [
    ...eachEntry(path, (entry, real, start) => ({ entry, real, start })),
  ]);
  const narrow = found.some(([, { entry }]) => isFloat(entry.format) && !stored[entry.format]!.exact);
  const files = [...new Set(found.map(([, { real }]) => real))];
  const folder = narrow ? folderFor(files) : undefined;
  return new Map(found.map(([name, { entry, real, start }]) => [name, hostOf(entry, real, start, folder)]));
}

const isFloat = (format: string): boolean => stored[format]!.dtype === "float32";

/**
 * The tensors of a file by name, read at once, each with the dtype that it was saved with.
 * @throws ValueError when the file is not there, is cut short, or its header contradicts itself or the file
 */
export function readSafetensors(path: string): Map<string, Host> {
  return eachEntry(path, ({ format, shape, begin, end }, real, dataStart) => {
    const { dtype, own, read } = stored[format]!;
    const bytes = readRange({ path: real, offset: dataStart + begin, length: end - begin });
    return { dtype: own ?? dtype, shape, data: own ? viewed(bytes, own) : read(bytes) };
  });
}

/** What `make` makes of each tensor of a file, by name. @throws ValueError as above */
export function eachEntry<T>(
  path: string,
  make: (entry: Entry, real: string, dataStart: number) => T,
): Map<string, T> {
  try {
    const real = realpathSync(path);
    const { text, dataStart, size } = readHeader(real);
    const entries = parseHeader(text, size - dataStart);
    return new Map(entries.map((entry) => [entry.name, make(entry, real, dataStart)]));
  } catch (cause) {
    const problem =
      cause instanceof NNsightError ? cause.message : `it cannot be read (${(cause as Error).message})`;
    throw new ValueError(`${path} is not a usable safetensors file: ${problem}. Fetch it again.`, { cause });
  }
}

function readHeader(path: string): { text: string; dataStart: number; size: number } {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const first = Buffer.alloc(8);
    if (readSync(file, first, 0, 8, 0) < 8) throw new ValueError(`it is cut short, with ${size} bytes`);
    const said = first.readBigUInt64LE();
    if (said > LONGEST_HEADER) {
      throw new ValueError(`its header says to have ${said} bytes; at most ${LONGEST_HEADER} are read`);
    }
    const length = Number(said);
    if (8 + length > size)
      throw new ValueError(`it is cut short: a header of ${length} bytes in a file of ${size}`);
    const header = Buffer.alloc(length);
    readSync(file, header, 0, length, 8);
    return { text: header.toString("utf8"), dataStart: 8 + length, size };
  } finally {
    closeSync(file);
  }
}

function hostOf(
  { name, format, shape, begin, end }: Entry,
  path: string,
  dataStart: number,
  folder?: string,
): Host {
  const form = stored[format]!;
  const { dtype, exact, read } = form;
  const range: FileRange = Object.freeze({ path, offset: dataStart + begin, length: end - begin });
  let data: Data | undefined;
  let source: FileRange | undefined;
  const host = {
    dtype,
    shape,
    get data() {
      return (data ??= read(readRange(range)));
    },
  };
  if (!folder || !isFloat(format))
    return exact ? Object.defineProperty(host, "source", { enumerable: true, value: range }) : host;
  return Object.defineProperty(host, "source", {
    enumerable: true,
    get: () => (source ??= widened(folder, `${path} ${name}`, range, form)),
  });
}
