/** Weights in fewer bits than float32, which stay so in memory: what the numbers are kept in. */
import type { Host } from "./host.ts";

/** Values in a block, which share a scale. */
export const BLOCK = 32;

/** As 16-bit floats. */
export interface Halves {
  readonly kind: "halves";
  /** Of the dtype float16 or bfloat16, `[rows, columns]`, with a source. */
  readonly values: Host;
  /** The same, some rows each, so that no more of them are wide at a time. */
  readonly parts: readonly Host[];
  /** Whether the rows are what goes in: `[in, out]`. Else they are what comes out. */
  readonly turned: boolean;
}

/**
 * As numbers of 4 bits in blocks: value = scale · (number - 8) + offset, summed over the planes. One plane is 4 bits a
 * weight; with two, of which the first has 16 times the scale of the second, it is 8.
 */
export interface Blocks {
  readonly kind: "blocks";
  /** uint8 `[out, planes · in / 32, 16]`: the first of two numbers in the low half of a byte. */
  readonly values: Host;
  /** float32 `[out, planes · in / 32]` */
  readonly scales: Host;
  /** float32 `[out, in / 32]` */
  readonly offsets?: Host;
  readonly planes: number;
  /** Whether the weight is `[in, out]`, as in GPT-2's Conv1D. */
  readonly turned: boolean;
  /** Whether what is multiplied with them is rounded to 8 bits, too: faster, and less exact. */
  readonly rounds: boolean;
}

export type Packed = Halves | Blocks;
