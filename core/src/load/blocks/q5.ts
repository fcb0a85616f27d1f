/** The 5-bit blocks of GGML: 32 values share a scale, in Q5_1 an offset too; the fifth bits stand together in four bytes. */
import { half } from "./float.ts";
import type { BlockFormat } from "./format.ts";

/** value = scale · (number - 16) */
export const q5_0: BlockFormat = {
  name: "Q5_0",
  values: 32,
  bytes: 22,
  decode(blocks, out) {
    for (let at = 0, to = 0; to < out.length; at += 22, to += 32) {
      const scale = half(blocks, at);
      for (let i = 0; i < 32; i++) out[to + i] = scale * (fiveBits(blocks, at + 2, i) - 16);
    }
  },
};

/** value = scale · number + offset */
export const q5_1: BlockFormat = {
  name: "Q5_1",
  values: 32,
  bytes: 24,
  decode(blocks, out) {
    for (let at = 0, to = 0; to < out.length; at += 24, to += 32) {
      const [scale, offset] = [half(blocks, at), half(blocks, at + 2)];
      for (let i = 0; i < 32; i++) out[to + i] = scale * fiveBits(blocks, at + 4, i) + offset;
    }
  },
};

/** The number at `i`: a nibble, of which the low ones are the first 16, and a bit of the four bytes in front. */
function fiveBits(bytes: Uint8Array, at: number, i: number): number {
  const byte = bytes[at + 4 + (i & 15)]!;
  return (i < 16 ? byte & 15 : byte >> 4) | (((bytes[at + (i >> 3)]! >> (i & 7)) & 1) << 4);
}
