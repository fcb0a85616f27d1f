/** The block formats that can be read, by their number in GGUF files. A new format is a new line here. */
import { bf16, f16, f32 } from "./float.ts";
import type { BlockFormat } from "./format.ts";
import { q4_0, q4_1 } from "./q4.ts";
import { q8_0 } from "./q8.ts";

export const blockFormats: Readonly<Record<number, BlockFormat>> = {
  0: f32,
  1: f16,
  2: q4_0,
  3: q4_1,
  8: q8_0,
  30: bf16,
};
