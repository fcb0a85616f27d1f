/** Numbers out of a preview again, for the picture and for tests. */
import type { Preview } from "./preview.ts";

export function decode({
  encoding,
  data,
}: Pick<Preview, "encoding" | "data">): Float32Array | Float64Array | Uint8Array {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  if (encoding === "uint8") return bytes;
  if (encoding === "float32") return new Float32Array(bytes.buffer);
  if (encoding === "float64") return new Float64Array(bytes.buffer);
  const bits = new Uint32Array(bytes.length / 3);
  for (let i = 0; i < bits.length; i++) {
    bits[i] = (bytes[3 * i]! << 8) | (bytes[3 * i + 1]! << 16) | (bytes[3 * i + 2]! << 24);
  }
  return new Float32Array(bits.buffer);
}
