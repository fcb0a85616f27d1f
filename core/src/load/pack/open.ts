/** Opens weights that are kept in fewer bits: where their bytes lie, and the numbers that they stand for. */
import { allocate, type Data, type FileRange, type Host, sizeOf } from "../../tensor/host.ts";
import { BLOCK, type Blocks, type Halves, type Packed } from "../../tensor/packed.ts";
import type { DType } from "../../tensor/type.ts";
import { readRange } from "../file-range.ts";
import { stored } from "../stored.ts";
import type { Written } from "./write.ts";

/** Values that are wide at a time. */
const PART = 1 << 22;

const formats: Readonly<Record<string, string>> = { float16: "F16", bfloat16: "BF16" };

/** A weight of 16-bit floats that lie in a file. */
export function halvesHost(
  source: FileRange,
  dtype: "float16" | "bfloat16",
  shape: readonly number[],
  turned: boolean,
): Host {
  const [rows = 1, columns = 1] = shape;
  const values = inFile(dtype, shape, source);
  const step = turned ? rows : Math.max(1, Math.floor(PART / columns));
  const parts = Array.from({ length: Math.ceil(rows / step) }, (_, i) => {
    const count = Math.min(step, rows - i * step);
    const range = { ...source, offset: source.offset + i * step * columns * 2, length: count * columns * 2 };
    return inFile(dtype, [count, columns], Object.freeze(range));
  });
  const packed: Halves = { kind: "halves", values, parts: parts.length === 1 ? [values] : parts, turned };
  return hostOf(shape, packed, () => stored[formats[dtype]!]!.read(readRange(source)));
}

/** Blocks of 4 bits. @param entry what the file has by a name */
export function blocksOf(
  { turned, planes = 1 }: Written,
  entry: (part: "values" | "scales" | "offsets") => Host | undefined,
  rounds: boolean,
): Blocks {
  const offsets = entry("offsets");
  return {
    kind: "blocks",
    values: entry("values")!,
    scales: entry("scales")!,
    ...(offsets && { offsets }),
    planes,
    turned,
    rounds,
  };
}

/** A weight in blocks of 4 bits. */
export const blocksHost = (shape: readonly number[], blocks: Blocks): Host =>
  hostOf(shape, blocks, () => numbersIn(blocks));

/** A weight that keeps its numbers once they were asked for. */
function hostOf(shape: readonly number[], packed: Packed, read: () => Data): Host {
  let data: Data | undefined;
  return {
    dtype: "float32",
    shape,
    packed,
    get data() {
      return (data ??= read());
    },
  };
}

/** Values that ONNX Runtime maps. */
function inFile(dtype: DType, shape: readonly number[], source: FileRange): Host {
  return {
    dtype,
    shape,
    source,
    get data() {
      return new Uint16Array(readRange(source));
    },
  };
}

/** What blocks stand for, in the order of the model's shape. */
export function numbersIn({ values, scales, offsets, planes, turned }: Blocks): Float32Array {
  const [rows, wide] = values.shape as [number, number];
  const count = wide / planes;
  const columns = count * BLOCK;
  const [bytes, factors, more] = [values.data as Uint8Array, scales.data, offsets?.data];
  const out = allocate("float32", sizeOf([rows, columns])) as Float32Array;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const block = column >> 5;
      let sum = more ? Number(more[row * count + block]) : 0;
      for (let plane = 0; plane < planes; plane++) {
        const at = row * wide + plane * count + block;
        const byte = bytes[at * 16 + ((column & 31) >> 1)]!;
        sum += Number(factors[at]) * ((column & 1 ? byte >> 4 : byte & 15) - 8);
      }
      out[turned ? column * rows + row : row * columns + column] = sum;
    }
  return out;
}
