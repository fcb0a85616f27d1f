/** Floating-point numbers as they lie in files: 32, 16 and brain-float 16 bits, little-endian. */
import { halfNumber } from "../../tensor/half.ts";
import type { BlockFormat } from "./format.ts";

export const f32: BlockFormat = {
  name: "F32",
  values: 1,
  bytes: 4,
  decode: (blocks, out) => new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(blocks),
};

export const f16: BlockFormat = {
  name: "F16",
  values: 1,
  bytes: 2,
  decode(blocks, out) {
    for (let i = 0; i < out.length; i++) out[i] = half(blocks, 2 * i);
  },
};

export const bf16: BlockFormat = {
  name: "BF16",
  values: 1,
  bytes: 2,
  decode(blocks, out) {
    const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < bits.length; i++)
      bits[i] = ((blocks[2 * i]! | (blocks[2 * i + 1]! << 8)) << 16) >>> 0;
  },
};

/** The 16-bit float at a byte. */
export const half = (bytes: Uint8Array, at: number): number => halfNumber(bytes[at]! | (bytes[at + 1]! << 8));
