/** The header of a safetensors file: its text to entries and back, trusting nothing that it says. */
import { ValueError } from "../base/errors.ts";
import { stored } from "./stored.ts";

export interface Entry {
  readonly name: string;
  /** A key of the table of stored formats. */
  readonly format: string;
  readonly shape: readonly number[];
  /** First byte and the one after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/**
 * The entries of a header, in the order of their bytes.
 * @param size bytes that follow the header in the file
 * @throws ValueError when the header is not JSON, has unknown formats, or its ranges do not fit shapes, file or each other
 */
export function parseHeader(text: string, size: number): Entry[] {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw new ValueError("the header is not JSON");
  }
  if (!isRecord(header)) throw new ValueError("the header is not a JSON object");
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, said]) => parseEntry(name, said, size))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  for (const [i, entry] of entries.entries()) {
    const before = entries[i - 1];
    if (before && entry.begin < before.end)
      throw new ValueError(`'${before.name}' and '${entry.name}' overlap`);
  }
  return entries;
}

function parseEntry(name: string, said: unknown, size: number): Entry {
  const fail = (what: string) => new ValueError(`'${name}' ${what}`);
  if (!isRecord(said)) throw fail("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = said;
  const format = typeof dtype === "string" && Object.hasOwn(stored, dtype) ? stored[dtype] : undefined;
  if (!format)
    throw fail(
      `has the format ${JSON.stringify(dtype)}, which is not one of ${Object.keys(stored).join(", ")}`,
    );
  if (!areCounts(shape)) throw fail("has no proper shape");
  if (!areCounts(offsets) || offsets.length !== 2) throw fail("has no proper data_offsets");
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > size) {
    throw fail(`lies at bytes ${begin} to ${end}, but the file has ${size} bytes of data`);
  }
  const needed = shape.reduce((product, n) => product * n, format.bytes);
  if (needed !== end - begin) {
    throw fail(`has ${end - begin} bytes where ${dtype} of shape [${shape.join(", ")}] needs ${needed}`);
  }
  return { name, format: dtype as string, shape: Object.freeze([...shape]), begin, end };
}

/** The text of a header, with blanks at the end so that the data after it begin at a multiple of `alignment` bytes. */
export function printHeader(
  entries: readonly Entry[],
  metadata: Readonly<Record<string, string>>,
  alignment: number,
): string {
  const said = entries.map(({ name, format, shape, begin, end }) => [
    name,
    { dtype: format, shape, data_offsets: [begin, end] },
  ]);
  const all = Object.keys(metadata).length ? [["__metadata__", metadata], ...said] : said;
  const text = JSON.stringify(Object.fromEntries(all));
  return text + " ".repeat((alignment - ((8 + Buffer.byteLength(text)) % alignment)) % alignment);
}

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x);

const areCounts = (x: unknown): x is number[] =>
  Array.isArray(x) && x.every((n) => Number.isSafeInteger(n) && n >= 0);
