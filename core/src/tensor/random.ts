/** Random numbers as PyTorch's CPU generator draws them, bit for bit; the state of the library's own generator is here. */
import { ValueError } from "../base/errors.ts";
import { fma, normalSixteen } from "./normal.ts";

const LENGTH = 624;
const SHIFT = 397;

/** mt19937 and the distributions that PyTorch makes of it. */
export class Generator {
  readonly #state = new Uint32Array(LENGTH);
  #next = LENGTH;
  /** The second number of the last pair of normal ones, in float64. */
  #spare: number | undefined;

  constructor(seed: number | bigint = 5489) {
    this.manualSeed(seed);
  }

  /** All that the next draws depend on: 624 words, the place among them, and the second normal number, or NaN. */
  get state(): Float64Array {
    return Float64Array.of(...this.#state, this.#next, this.#spare ?? Number.NaN);
  }

  /** @throws ValueError for what no generator has */
  set state(words: Float64Array) {
    const next = words[LENGTH]!;
    if (words.length !== LENGTH + 2 || !(Number.isInteger(next) && next >= 0 && next <= LENGTH))
      throw new ValueError("this is no state of a generator.");
    this.#state.set(words.subarray(0, LENGTH));
    this.#next = next;
    const spare = words[LENGTH + 1]!;
    this.#spare = Number.isNaN(spare) ? undefined : spare;
  }

  /** Starts anew. @throws ValueError unless the seed is a whole number */
  manualSeed(seed: number | bigint): this {
    if (typeof seed === "number" && !Number.isInteger(seed)) {
      throw new ValueError(`manualSeed(${seed}): a seed is a whole number`);
    }
    const state = this.#state;
    state[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let i = 1; i < LENGTH; i++) {
      const last = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = Math.imul(1812433253, last) + i;
    }
    this.#next = LENGTH;
    this.#spare = undefined;
    return this;
  }

  /** 32 random bits. */
  bits(): number {
    if (this.#next === LENGTH) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** 64 random bits. */
  longBits(): bigint {
    const high = this.bits();
    return (BigInt(high) << 32n) | BigInt(this.bits());
  }

  /** `n` float32 numbers from `from` up to `to`. */
  uniform(n: number, from = 0, to = 1): Float32Array {
    const low = Math.fround(from);
    const width = Math.fround(Math.fround(to) - low);
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++) out[i] = fma((this.bits() & 0xffffff) / 0x1000000, width, low);
    return out;
  }

  /** `n` float32 numbers of a normal distribution. */
  normal(n: number, mean = 0, std = 1): Float32Array {
    if (n < 16) return Float32Array.from({ length: n }, () => this.#gaussian() * std + mean);
    const out = this.uniform(n);
    for (let i = 0; i + 16 <= n; i += 16) normalSixteen(out.subarray(i, i + 16), mean, std);
    if (n % 16 === 0) return out;
    const last = this.uniform(16);
    normalSixteen(last, mean, std);
    out.set(last, n - 16);
    return out;
  }

  /** `n` whole numbers from `low` up to `high` (without it). */
  integers(n: number, low: number, high: number): BigInt64Array {
    if (!Number.isInteger(low) || !Number.isInteger(high) || low >= high) {
      throw new ValueError(
        `randint from ${low} up to ${high}: give two whole numbers, the second above the first`,
      );
    }
    const range = BigInt(high) - BigInt(low);
    const out = new BigInt64Array(n);
    for (let i = 0; i < n; i++) {
      const bits = range >= 1n << 28n ? this.longBits() : BigInt(this.bits());
      out[i] = (bits % range) + BigInt(low);
    }
    return out;
  }

  /** 0 to n - 1 in random order. */
  permutation(n: number): BigInt64Array {
    const out = BigInt64Array.from({ length: n }, (_, i) => BigInt(i));
    for (let i = 0; i < n - 1; i++) {
      const at = i + (this.bits() % (n - i));
      [out[i], out[at]] = [out[at]!, out[i]!];
    }
    return out;
  }

  /** PyTorch's default parameters of a linear layer with `fanIn` inputs: uniform within 1 / sqrt(fanIn). */
  kaimingUniform(n: number, fanIn: number): Float32Array {
    const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
    return this.uniform(n, -bound, bound);
  }

  /** One normal number in float64; every second is kept from the pair before. */
  #gaussian(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    const angle = 2 * Math.PI * this.#fraction();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#fraction()));
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #fraction(): number {
    return Number(this.longBits() & ((1n << 53n) - 1n)) / 2 ** 53;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < LENGTH; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % LENGTH]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % LENGTH]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}

/** The generator that `ops.rand` and the layers of `nn` draw from. Seeded by the clock until `manualSeed` is called. */
export const defaultGenerator = new Generator(BigInt(Date.now()) * 0x9e3779b1n);

/** Starts the library's generator anew, so that the same program draws the same numbers. */
export const manualSeed = (seed: number | bigint): Generator => defaultGenerator.manualSeed(seed);
