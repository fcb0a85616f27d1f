/** The block formats that can be read, by their number in GGUF files. A new format is a new line here. */
import { bf16, f16, f32 } from "./float.ts";
import type { BlockFormat } from "./format.ts";
import { q2_k, q3_k, q4_k, q5_k, q6_k } from "./k.ts";
import { q4_0, q4_1 } from "./q4.ts";
import { q5_0, q5_1 } from "./q5.ts";
import { q8_0 } from "./q8.ts";

export const blockFormats: Readonly<Record<number, BlockFormat>> = {
  0: f32,
  1: f16,
  2: q4_0,
  3: q4_1,
  6: q5_0,
  7: q5_1,
  8: q8_0,
  10: q2_k,
  11: q3_k,
  12: q4_k,
  13: q5_k,
  14: q6_k,
  30: bf16,
};
