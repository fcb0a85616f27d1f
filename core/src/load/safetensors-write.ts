/** Writes safetensors files. */
import { type Host, sizeOf } from "../tensor/host.ts";
import type { DType } from "../tensor/type.ts";
import { writeAt } from "./file-range.ts";
import { replaceFile } from "./replace-file.ts";
import { type Entry, printHeader } from "./safetensors-header.ts";
import { stored } from "./stored.ts";

/** Tensors begin at a multiple of this many bytes wherever the lengths before them allow it. */
const ALIGNMENT = 64;

const formats: Readonly<Record<DType, string>> = {
  float32: "F32",
  float64: "F64",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

export interface Layout {
  /** The bytes before the first tensor. */
  readonly header: Uint8Array;
  /** By name: the first byte in the file and the number of bytes. */
  readonly ranges: ReadonlyMap<string, { readonly offset: number; readonly length: number }>;
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * Where each tensor of a file goes. The format allows no gaps, so the tensors whose length keeps the next one aligned
 * come first, in the order given, then the others from wide values to narrow ones.
 */
export function layOut(
  tensors: Iterable<readonly [string, Pick<Host, "dtype" | "shape">]>,
  metadata: Readonly<Record<string, string>> = {},
): Layout {
  const sized = [...tensors].map(([name, { dtype, shape }]) => {
    const { bytes } = stored[formats[dtype]]!;
    const length = sizeOf(shape) * bytes;
    return { name, format: formats[dtype], shape, bytes, length };
  });
  sized.sort(
    (a, b) => Number(a.length % ALIGNMENT > 0) - Number(b.length % ALIGNMENT > 0) || b.bytes - a.bytes,
  );
  let end = 0;
  const entries: Entry[] = sized.map(({ length, ...rest }) => ({
    ...rest,
    begin: end,
    end: (end += length),
  }));
  const text = Buffer.from(printHeader(entries, metadata, ALIGNMENT));
  const header = Buffer.alloc(8 + text.length);
  header.writeBigUInt64LE(BigInt(text.length));
  text.copy(header, 8);
  const ranges = entries.map(
    (e) => [e.name, { offset: header.length + e.begin, length: e.end - e.begin }] as const,
  );
  return { header, ranges: new Map(ranges), size: header.length + end };
}

/**
 * Writes tensors into a file, which is replaced as a whole or not at all.
 * @param metadata kept in the header; strings only
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Host>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { header, ranges } = layOut(tensors, metadata);
  await replaceFile(path, async (file) => {
    await writeAt(file, header, 0);
    for (const [name, { offset, length }] of ranges) {
      const { buffer, byteOffset } = tensors.get(name)!.data;
      await writeAt(file, new Uint8Array(buffer, byteOffset, length), offset);
    }
  });
}
