/** NumPy's .npy files: one array each, read and written. */
import { readFile } from "node:fs/promises";
import { NNsightError, ValueError } from "../base/errors.ts";
import { type DType, facts } from "../tensor/dtype.ts";
import { type Host, sizeOf, viewed } from "../tensor/host.ts";
import { readView, stridesOf } from "../tensor/view.ts";
import { writeAt } from "./file-range.ts";
import { replaceFile } from "./replace-file.ts";

/** NumPy's names of the dtypes, little-endian. It has none for bfloat16. */
const names: Readonly<Partial<Record<DType, string>>> = {
  float32: "<f4",
  float64: "<f8",
  float16: "<f2",
  int64: "<i8",
  int32: "<i4",
  int16: "<i2",
  int8: "|i1",
  uint8: "|u1",
  bool: "|b1",
};

const magic = Buffer.from("\x93NUMPY", "latin1");
/** The data begin at a multiple of this many bytes. */
const ALIGNMENT = 64;

/** Writes an array into a file, which is replaced as a whole or not at all. @throws ValueError for bfloat16 */
export async function writeNpy(path: string, { dtype, shape, data }: Host): Promise<void> {
  const descr = names[dtype];
  if (descr === undefined)
    throw new ValueError(
      `${path}: .npy files have no ${dtype}. Save .float() of it, or use saveTensors, which keeps every dtype.`,
    );
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const blanks = ALIGNMENT - ((magic.length + 4 + text.length + 1) % ALIGNMENT);
  const header = Buffer.from(`${text}${" ".repeat(blanks % ALIGNMENT)}\n`, "latin1");
  const start = Buffer.concat([magic, Buffer.of(1, 0, header.length & 255, header.length >> 8), header]);
  await replaceFile(path, async (file) => {
    await writeAt(file, start, 0);
    await writeAt(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start.length);
  });
}

/**
 * The array of a file.
 * @throws ValueError when the file is not there, is cut short, or holds what is no array of numbers
 */
export async function readNpy(path: string): Promise<Host> {
  try {
    return parse(await readFile(path));
  } catch (cause) {
    const problem =
      cause instanceof NNsightError ? cause.message : `it cannot be read (${(cause as Error).message})`;
    throw new ValueError(`${path} is not a usable .npy file: ${problem}.`, { cause });
  }
}

function parse(bytes: Buffer): Host {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new ValueError("it does not begin as one");
  const wide = bytes[6]! > 1;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw new ValueError("it is cut short");
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const text = bytes.subarray(start, start + length).toString("latin1");
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  const dtype = (Object.keys(names) as DType[]).find((name) => names[name]?.slice(1) === descr?.slice(1));
  if (order === undefined || sizes === undefined) throw new ValueError("its header cannot be read");
  if (dtype === undefined || descr!.startsWith(">"))
    throw new ValueError(
      `it holds '${descr}', which is none of ${Object.values(names)
        .map((name) => `'${name}'`)
        .join(", ")}`,
    );
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter(Boolean)
    .map(Number);
  const needed = sizeOf(shape) * facts[dtype].bytes;
  const body = bytes.subarray(start + length);
  if (body.length !== needed)
    throw new ValueError(`it has ${body.length} bytes of data where ${needed} belong`);
  const data = viewed(new Uint8Array(body).buffer, dtype);
  if (order === "False" || shape.length < 2) return { dtype, shape, data };
  const turned = shape.toReversed();
  return readView(
    { dtype, shape: turned, data },
    { shape, strides: stridesOf(turned).toReversed(), start: 0 },
  );
}
