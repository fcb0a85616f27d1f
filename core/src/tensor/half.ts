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

/** The number that the bits of a bfloat16 stand for. */
export function bfloatNumber(word: number): number {
  bits[0] = word << 16;
  return single[0]!;
}
