/// <reference lib="es2025.float16" />
/** The two halves of float32: float16, where the JavaScript engine has it, and bfloat16, kept as its bits. */
import { RuntimeError } from "../base/errors.ts";

/** Room for `n` float16 numbers. @throws RuntimeError on engines without Float16Array */
export function allocateHalf(n: number): Float16Array {
  if (typeof Float16Array !== "undefined") return new Float16Array(n);
  throw new RuntimeError(
    'float16 needs Float16Array, which this JavaScript engine lacks: run Node 24 or later, or use "bfloat16" or "float32".',
  );
}

/** float16 numbers out of their bits, without a copy. */
export function halfOfBits({ buffer, byteOffset, length }: Uint16Array): Float16Array {
  allocateHalf(0);
  return new Float16Array(buffer as ArrayBuffer, byteOffset, length);
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The bits of the bfloat16 nearest to a number, halves to even, by way of float32. */
export function bfloatBits(value: number): number {
  single[0] = value;
  const word = bits[0]!;
  if (Number.isNaN(value)) return (word >>> 31 ? 0x8000 : 0) | 0x7fc0;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The number that the bits of a float16 stand for. */
export const halfNumber = (word: number): number => (halves ??= everyHalf())[word]!;

let halves: Float32Array | undefined;

/** All 65,536 values: a look-up is several times faster than taking the bits apart. */
function everyHalf(): Float32Array {
  return Float32Array.from({ length: 65536 }, (_, bits) => {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const sign = bits >> 15 ? -1 : 1;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return exponent
      ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024)
      : (sign * 2 ** -14 * fraction) / 1024;
  });
}

/** The number that the bits of a bfloat16 stand for. */
export function bfloatNumber(word: number): number {
  bits[0] = word << 16;
  return single[0]!;
}

/** float16 numbers by their bits, as float32. */
export function halfFloats(words: Uint16Array): Float32Array {
  const floats = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) floats[i] = halfNumber(words[i]!);
  return floats;
}

/** bfloat16 numbers by their bits, as float32. */
export function bfloatFloats(words: Uint16Array): Float32Array {
  const all = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i++) all[i] = words[i]! << 16;
  return new Float32Array(all.buffer);
}

/** The bits of the float16 nearest to a number, halves to even; beyond the largest is infinity. */
export function halfBits(value: number): number {
  single[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const rest = word & 0x7fffffff;
  if (rest > 0x7f800000) return sign | 0x7e00;
  if (rest >= 0x47800000) return sign | 0x7c00;
  // Below the normal numbers a unit is 2 ** -24, which a sum with 0.5 leaves in the last bits.
  if (rest < 0x38800000) {
    single[0] = Math.abs(value) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  return sign | ((rest - 0x38000000 + 0xfff + ((rest >>> 13) & 1)) >>> 13);
}
