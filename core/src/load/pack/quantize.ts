/** Rows of numbers as blocks of 4 bits (tensor/packed.ts): rounded from float32, or taken over from GGUF's own blocks. */
import { BLOCK } from "../../tensor/packed.ts";
import { half } from "../blocks/float.ts";

/** Some rows. */
export interface PackedRows {
  readonly values: Uint8Array;
  readonly scales: Float32Array;
  readonly offsets?: Float32Array;
}

const BYTES = BLOCK / 2;

/** Empty blocks of some rows, and where those of a plane begin. */
function room(rows: number, columns: number, planes: number, offsets: boolean) {
  const count = columns / BLOCK;
  return {
    count,
    values: new Uint8Array(rows * planes * count * BYTES),
    scales: new Float32Array(rows * planes * count),
    ...(offsets && { offsets: new Float32Array(rows * count) }),
  };
}

/** 4 bits: each block from its least value to its greatest. value = scale · (number - 8) + offset */
export function fourBits(numbers: Float32Array, columns: number): PackedRows {
  const made = room(numbers.length / columns, columns, 1, true);
  const { values, scales, offsets } = made;
  for (let block = 0, at = 0; at < numbers.length; block++, at += BLOCK) {
    let [least, most] = [numbers[at]!, numbers[at]!];
    for (let i = at + 1; i < at + BLOCK; i++) {
      const value = numbers[i]!;
      if (value < least) least = value;
      else if (value > most) most = value;
    }
    const scale = (most - least) / 15;
    const by = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    offsets![block] = least + 8 * scale;
    for (let i = 0; i < BYTES; i++) {
      const low = Math.round((numbers[at + 2 * i]! - least) * by);
      const high = Math.round((numbers[at + 2 * i + 1]! - least) * by);
      values[block * BYTES + i] = low | (high << 4);
    }
  }
  return made;
}

/** Of the numbers from -119 to 119 both halves fit their planes, so that no offset is needed. */
const MOST = 119;

/** 8 bits in two planes: value = scale · (16 · (high - 8) + (low - 8)) */
export function eightBits(numbers: Float32Array, columns: number): PackedRows {
  const rows = numbers.length / columns;
  const made = room(rows, columns, 2, false);
  const { values, scales, count } = made;
  for (let row = 0; row < rows; row++)
    for (let block = 0; block < count; block++) {
      const at = row * columns + block * BLOCK;
      let most = 0;
      for (let i = at; i < at + BLOCK; i++) most = Math.max(most, Math.abs(numbers[i]!));
      const scale = most / MOST;
      const by = scale === 0 ? 0 : 1 / scale;
      const first = 2 * row * count + block;
      const second = first + count;
      scales[first] = 16 * scale;
      scales[second] = scale;
      for (let i = 0; i < BYTES; i++) {
        const one = Math.round(numbers[at + 2 * i]! * by) + 136;
        const two = Math.round(numbers[at + 2 * i + 1]! * by) + 136;
        values[first * BYTES + i] = (one >> 4) | ((two >> 4) << 4);
        values[second * BYTES + i] = (one & 15) | ((two & 15) << 4);
      }
    }
  return made;
}

/** Of GGUF's blocks of 4 bits, which have the first 16 numbers in the low halves of their bytes. */
const fourOf =
  (bytes: number, offset: boolean) =>
  (blocks: Uint8Array, columns: number): PackedRows => {
    const total = blocks.length / bytes;
    const made = room((total * BLOCK) / columns, columns, 1, offset);
    const { values, scales, offsets } = made;
    for (let block = 0; block < total; block++) {
      const at = block * bytes;
      const scale = half(blocks, at);
      scales[block] = scale;
      if (offsets) offsets[block] = half(blocks, at + 2) + 8 * scale;
      const from = at + bytes - BYTES;
      const to = block * BYTES;
      for (let i = 0; i < 8; i++) {
        const [one, two] = [blocks[from + 2 * i]!, blocks[from + 2 * i + 1]!];
        values[to + i] = (one & 15) | ((two & 15) << 4);
        values[to + 8 + i] = (one >> 4) | (two & 0xf0);
      }
    }
    return made;
  };

/** value = scale · byte = 16 scale · (high - 8) + scale · (low - 8) + 8 scale, for the halves of byte + 128 */
function eightOf(blocks: Uint8Array, columns: number): PackedRows {
  const rows = ((blocks.length / 34) * BLOCK) / columns;
  const made = room(rows, columns, 2, true);
  const { values, scales, offsets, count } = made;
  for (let row = 0; row < rows; row++)
    for (let block = 0; block < count; block++) {
      const at = (row * count + block) * 34;
      const scale = half(blocks, at);
      const first = 2 * row * count + block;
      const second = first + count;
      scales[first] = 16 * scale;
      scales[second] = scale;
      offsets![row * count + block] = 8 * scale;
      for (let i = 0; i < BYTES; i++) {
        const [one, two] = [blocks[at + 2 + 2 * i]! ^ 128, blocks[at + 3 + 2 * i]! ^ 128];
        values[first * BYTES + i] = (one >> 4) | (two & 0xf0);
        values[second * BYTES + i] = (one & 15) | ((two & 15) << 4);
      }
    }
  return made;
}

/** Blocks of GGUF files, number by number. */
export const takenOver: Readonly<Record<string, (blocks: Uint8Array, columns: number) => PackedRows>> = {
  Q4_0: fourOf(18, false),
  Q4_1: fourOf(20, true),
  Q8_0: eightOf,
};
