/** Numbers as base64: exact where there is room, else to four digits and more. */
import type { DType } from "../tensor/type.ts";
import { encodeBase64 } from "./base64.ts";

/**
 * How values lie in a preview's base64, little-endian: `float24` is the upper three bytes of a float32, `float64` holds
 * float64, int32, and int64 exactly up to 2^53, `uint8` holds uint8 and bool; the other dtypes are `float32` or `float24`.
 */
export type Encoding = "float32" | "float24" | "float64" | "uint8";

/** The bytes that values may take before base64. */
const ROOM = 42_000;

/** How many values of a dtype have room. */
export const capacity: Record<DType, number> = {
  float32: Math.floor(ROOM / 3),
  float64: Math.floor(ROOM / 8),
  float16: Math.floor(ROOM / 3),
  bfloat16: Math.floor(ROOM / 3),
  int64: Math.floor(ROOM / 8),
  int32: Math.floor(ROOM / 8),
  int16: Math.floor(ROOM / 4),
  int8: Math.floor(ROOM / 4),
  uint8: 128 * 96,
  bool: 128 * 96,
};

export function encode(values: Float64Array, dtype: DType): { encoding: Encoding; data: string } {
  if (dtype === "int64" || dtype === "int32" || dtype === "float64")
    return { encoding: "float64", data: base64Of(values) };
  if (dtype === "bool" || dtype === "uint8")
    return { encoding: "uint8", data: base64Of(Uint8Array.from(values)) };
  const singles = Float32Array.from(values);
  if (singles.byteLength <= ROOM) return { encoding: "float32", data: base64Of(singles) };
  return { encoding: "float24", data: encodeBase64(upperBytes(singles)) };
}

const base64Of = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array | Uint8Array): string =>
  encodeBase64(new Uint8Array(buffer, byteOffset, byteLength));

/** Each number without its lowest byte, rounded to the nearest. */
function upperBytes(singles: Float32Array): Uint8Array {
  const bits = new Uint32Array(singles.buffer, singles.byteOffset, singles.length);
  const bytes = new Uint8Array(singles.length * 3);
  for (let i = 0; i < bits.length; i++) {
    const finite = Number.isFinite(singles[i]!);
    const up = finite ? bits[i]! + 0x80 : bits[i]!;
    const kept = Number.isNaN(singles[i]!) ? 0x7fc00000 : isOverflow(up) && finite ? bits[i]! : up;
    bytes[3 * i] = kept >>> 8;
    bytes[3 * i + 1] = kept >>> 16;
    bytes[3 * i + 2] = kept >>> 24;
  }
  return bytes;
}

/** Whether rounding up has made an infinity of the largest numbers. */
const isOverflow = (bits: number): boolean => (bits & 0x7f800000) === 0x7f800000;
