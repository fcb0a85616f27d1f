/** Unpacks the tensors of a GGUF file, a piece at a time, so that a large one needs no more memory than a small one. */
import type { FileHandle } from "node:fs/promises";
import { RuntimeError, ValueError } from "../base/errors.ts";
import { sizeOf } from "../tensor/host.ts";
import type { GgufTensor } from "./gguf.ts";
import { unshuffleRows } from "./unshuffle.ts";

/** Values that are unpacked at a time, at least a row or a head. */
const CHUNK = 1 << 21;

/** Some values of a tensor as float32, and the byte, counted from the tensor's own start, where they go. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly at: number;
}

/**
 * The values of a tensor from the first to the last, some whole rows at a time.
 * @param heads when its rows are shuffled inside so many heads: they come back in Hugging Face's order
 * @param added to each value
 * @throws ValueError when the rows cannot be split into heads; RuntimeError when the file changes meanwhile
 */
export async function* unpack(
  source: FileHandle,
  { name, shape, format, range }: GgufTensor,
  heads?: number,
  added = 0,
): AsyncGenerator<Chunk> {
  const rows = shape[0] ?? 1;
  const width = sizeOf(shape.slice(1));
  const unit = shape.length === 1 ? format.values : width;
  const headRows = heads ? headRowsOf(name, rows, heads) : undefined;
  const least = headRows ? headRows * width : unit;
  const step = least * Math.max(1, Math.floor(CHUNK / least));
  const total = rows * width;
  const packed = Buffer.alloc((Math.min(step, total) / format.values) * format.bytes);
  for (let from = 0; from < total; from += step) {
    const values = new Float32Array(Math.min(step, total - from));
    const length = (values.length / format.values) * format.bytes;
    const start = range.offset + (from / format.values) * format.bytes;
    const { bytesRead } = await source.read(packed, 0, length, start);
    if (bytesRead < length) throw changed(range.path);
    format.decode(packed.subarray(0, length), values);
    if (added !== 0) for (let i = 0; i < values.length; i++) values[i]! += added;
    if (headRows) unshuffleRows(values, width, headRows);
    yield { bytes: new Uint8Array(values.buffer), at: from * 4 };
  }
}

/** Rows of a matrix in the file's own blocks, in Hugging Face's order. @throws as `unpack` */
export async function* packedRows(
  source: FileHandle,
  { name, shape, format, range }: GgufTensor,
  heads?: number,
): AsyncGenerator<Uint8Array> {
  const [rows = 1, columns = 1] = shape;
  const width = (columns / format.values) * format.bytes;
  const headRows = heads ? headRowsOf(name, rows, heads) : undefined;
  const least = headRows ?? 1;
  const step = least * Math.max(1, Math.floor(CHUNK / (least * width)));
  for (let row = 0; row < rows; row += step) {
    const bytes = new Uint8Array(Math.min(step, rows - row) * width);
    const { bytesRead } = await source.read(bytes, 0, bytes.length, range.offset + row * width);
    if (bytesRead < bytes.length) throw changed(range.path);
    if (headRows) unshuffleRows(bytes, width, headRows);
    yield bytes;
  }
}

function headRowsOf(name: string, rows: number, heads: number): number {
  const headRows = rows / heads;
  if (headRows % 2 === 0) return headRows;
  throw new ValueError(`the ${rows} rows of '${name}' do not make ${heads} heads. Use another file.`);
}

const changed = (path: string): RuntimeError =>
  new RuntimeError(`${path} was changed while it was read. Load the model again.`);

/** A matrix the other way round, at once. */
export async function* transposed(
  chunks: AsyncIterable<Chunk>,
  [rows = 1, columns = 1]: readonly number[],
): AsyncGenerator<Chunk> {
  const values = new Float32Array(rows * columns);
  for await (const { bytes, at } of chunks) new Uint8Array(values.buffer).set(bytes, at);
  yield { bytes: new Uint8Array(turned(values, rows, columns).buffer), at: 0 };
}

/** `[rows, columns]` the other way round. */
export function turned(numbers: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const made = new Float32Array(numbers.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      made[column * rows + row] = numbers[row * columns + column]!;
  return made;
}
