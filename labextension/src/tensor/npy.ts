/** NumPy's file of a matrix, version 1.0. */
const MAGIC = [0x93, ...Array.from("NUMPY", (letter) => letter.charCodeAt(0)), 1, 0];
const ALIGNED = 64;

/** As float64 where `wide`, else as float32. */
export function npyOf(
  values: ArrayLike<number>,
  shape: readonly number[],
  wide: boolean,
): Uint8Array<ArrayBuffer> {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const words = `{'descr': '${wide ? "<f8" : "<f4"}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const padded = Math.ceil((MAGIC.length + 2 + words.length + 1) / ALIGNED) * ALIGNED - MAGIC.length - 2;
  const header = `${words.padEnd(padded - 1)}\n`;
  const numbers = wide ? Float64Array.from(values) : Float32Array.from(values);
  const file = new Uint8Array(MAGIC.length + 2 + padded + numbers.byteLength);
  file.set([...MAGIC, padded & 255, padded >> 8]);
  file.set(new TextEncoder().encode(header), MAGIC.length + 2);
  file.set(new Uint8Array(numbers.buffer), MAGIC.length + 2 + padded);
  return file;
}
