/** The K blocks of GGML: 256 values in parts of 16 or 32, each part with a small scale of its own within the block's. */
import { half } from "./float.ts";
import type { BlockFormat } from "./format.ts";

const VALUES = 256;

/** What a block holds, of which `at` is the first byte. */
interface Layout {
  /** Values in a part. */
  readonly part: number;
  /** The scale of a part, and what is taken off its values. */
  scale(bytes: Uint8Array, at: number, part: number): readonly [scale: number, less: number];
  /** The number at `i`, before scaling. */
  number(bytes: Uint8Array, at: number, i: number): number;
}

/** value = scale · number - less */
const blocksOf = (name: string, bytes: number, { part, scale, number }: Layout): BlockFormat => ({
  name,
  values: VALUES,
  bytes,
  decode(blocks, out) {
    for (let at = 0, to = 0; to < out.length; at += bytes, to += VALUES)
      for (let from = 0; from < VALUES; from += part) {
        const [by, less] = scale(blocks, at, from / part);
        for (let i = from; i < from + part; i++) out[to + i] = by * number(blocks, at, i) - less;
      }
  },
});

/** Two bits of four: 32 bytes hold 128 values, the first 32 of them in their lowest bits. */
const twoBits = (bytes: Uint8Array, at: number, i: number): number =>
  (bytes[at + 32 * (i >> 7) + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3;

/** Half a byte: 32 bytes hold 64 values. */
const nibble = (bytes: Uint8Array, at: number, i: number): number =>
  (bytes[at + 32 * (i >> 6) + (i & 31)]! >> (4 * ((i >> 5) & 1))) & 15;

/** A bit of eight: 32 bytes hold all 256. */
const bit = (bytes: Uint8Array, at: number, i: number): number => (bytes[at + (i & 31)]! >> (i >> 5)) & 1;

export const q2_k = blocksOf("Q2_K", 84, {
  part: 16,
  scale(bytes, at, part) {
    const both = bytes[at + part]!;
    return [half(bytes, at + 80) * (both & 15), half(bytes, at + 82) * (both >> 4)];
  },
  number: (bytes, at, i) => twoBits(bytes, at + 16, i),
});

export const q3_k = blocksOf("Q3_K", 110, {
  part: 16,
  scale(bytes, at, part) {
    const scales = at + 96;
    const low = part < 8 ? bytes[scales + part]! & 15 : bytes[scales + part - 8]! >> 4;
    const high = (bytes[scales + 8 + (part & 3)]! >> (2 * (part >> 2))) & 3;
    return [half(bytes, at + 108) * ((low | (high << 4)) - 32), 0];
  },
  number: (bytes, at, i) => twoBits(bytes, at + 32, i) - 4 * (1 - bit(bytes, at, i)),
});

/** Scale and offset of a part in six bits each: twelve bytes for eight parts, the last four in pieces. */
function sixBits(bytes: Uint8Array, at: number, part: number): readonly [number, number] {
  const scales = at + 4;
  const [scale, less] = [half(bytes, at), half(bytes, at + 2)];
  if (part < 4) return [scale * (bytes[scales + part]! & 63), less * (bytes[scales + part + 4]! & 63)];
  const both = bytes[scales + part + 4]!;
  const [first, second] = [bytes[scales + part - 4]!, bytes[scales + part]!];
  return [scale * ((both & 15) | ((first >> 2) & 48)), less * ((both >> 4) | ((second >> 2) & 48))];
}

export const q4_k = blocksOf("Q4_K", 144, {
  part: 32,
  scale: sixBits,
  number: (bytes, at, i) => nibble(bytes, at + 16, i),
});

export const q5_k = blocksOf("Q5_K", 176, {
  part: 32,
  scale: sixBits,
  number: (bytes, at, i) => nibble(bytes, at + 48, i) | (bit(bytes, at + 16, i) << 4),
});

export const q6_k = blocksOf("Q6_K", 210, {
  part: 16,
  scale: (bytes, at, part) => [half(bytes, at + 208) * ((bytes[at + 192 + part]! << 24) >> 24), 0],
  number(bytes, at, i) {
    const low = (bytes[at + 64 * (i >> 7) + (i & 63)]! >> (4 * ((i >> 6) & 1))) & 15;
    return (low | (twoBits(bytes, at + 128, i) << 4)) - 32;
  },
});
