/** The 8-bit blocks of GGML: 32 signed bytes share a scale. */
import { half } from "./float.ts";
import type { BlockFormat } from "./format.ts";

/** value = scale · byte */
export const q8_0: BlockFormat = {
  name: "Q8_0",
  values: 32,
  bytes: 34,
  decode(blocks, out) {
    const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.length);
    for (let at = 0, to = 0; to < out.length; at += 34, to += 32) {
      const scale = half(blocks, at);
      for (let i = 0; i < 32; i++) out[to + i] = scale * signed[at + 2 + i]!;
    }
  },
};
