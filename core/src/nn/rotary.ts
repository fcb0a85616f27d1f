/** Rotary positions: the angles of each position, and the turning of queries and keys by them. */
import { ops } from "../trace/functions.ts";
import { Tensor } from "../trace/tensor.ts";
import { Module } from "./module.ts";
import { frequenciesOf, type Rope } from "./rope.ts";

/** cos and sin, each `[batch, position, size / 2]`. */
export type Angles = readonly [cos: Tensor, sin: Tensor];

export interface RotaryEmbedding {
  (positions: Tensor): [Tensor, Tensor];
}

/** cos and sin of the rotary angles of each position. Has no parameters: all of it follows from the config. */
export class RotaryEmbedding extends Module {
  readonly #short: Tensor;
  readonly #long: Tensor | undefined;
  readonly #limit: number;
  readonly #factor: number;

  constructor(rope: Rope) {
    super();
    const { short, long, limit, factor } = frequenciesOf(rope);
    this.#short = vector(short);
    this.#long = long && vector(long);
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#factor = factor;
  }

  /** Radians that each pair turns by from one position to the next: `[size / 2]`. */
  get inv_freq(): Tensor {
    return this.#short;
  }

  /** int64 `[batch, position]` → two of `[batch, position, size / 2]`. */
  forward(positions: Tensor): [Tensor, Tensor] {
    const frequencies = this.#long
      ? ops.where(
          positions.amax(-1, { keepdim: true }).unsqueeze(-1).ge(this.#limit),
          this.#long,
          this.#short,
        )
      : this.#short;
    const angles = positions.float().unsqueeze(-1).mul(frequencies);
    const [cos, sin] = [angles.cos(), angles.sin()];
    return this.#factor === 1 ? [cos, sin] : [cos.mul(this.#factor), sin.mul(this.#factor)];
  }
}

const vector = (values: readonly number[]): Tensor =>
  new Tensor({ dtype: "float32", shape: [values.length], data: Float32Array.from(values) });

/**
 * Turns the first `size` numbers of each head of `[batch, heads, position, headDim]`; the others stay as they are.
 */
export function rotate(x: Tensor, [cos, sin]: Angles, size: number, headDim: number): Tensor {
  if (size === headDim) return x.rotaryEmbedding(cos, sin);
  const [turned, kept] = x.split([size, headDim - size], -1) as Tensor[];
  return ops.cat([turned!.rotaryEmbedding(cos, sin), kept!], -1);
}
