/** The 4-bit blocks of GGML: 32 values share a scale, in Q4_1 an offset too; the low nibbles are the first 16 values. */
import { half } from "./float.ts";
import type { BlockFormat } from "./format.ts";

/** value = scale · (nibble - 8) */
export const q4_0: BlockFormat = {
  name: "Q4_0",
  values: 32,
  bytes: 18,
  decode(blocks, out) {
    for (let at = 0, to = 0; to < out.length; at += 18, to += 32) {
      // Adding -0 changes nothing, not even the sign of a zero.
      unpack(blocks, at + 2, half(blocks, at), 8, -0, out, to);
    }
  },
};

/** value = scale · nibble + offset */
export const q4_1: BlockFormat = {
  name: "Q4_1",
  values: 32,
  bytes: 20,
  decode(blocks, out) {
    for (let at = 0, to = 0; to < out.length; at += 20, to += 32) {
      unpack(blocks, at + 4, half(blocks, at), 0, half(blocks, at + 2), out, to);
    }
  },
};

/** 32 values from 16 bytes: scale · (nibble - middle) + offset. */
function unpack(
  bytes: Uint8Array,
  at: number,
  scale: number,
  middle: number,
  offset: number,
  out: Float32Array,
  to: number,
): void {
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + i]!;
    out[to + i] = scale * ((byte & 15) - middle) + offset;
    out[to + i + 16] = scale * ((byte >> 4) - middle) + offset;
  }
}
