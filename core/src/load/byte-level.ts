/** The alphabet of byte-level tokenizers, in which every byte is one printable character. */

const byteOf: ReadonlyMap<string, number> = new Map(alphabet());

/** The bytes that a byte-level piece stands for; nothing if a character is not in the alphabet. */
export function bytesOf(piece: string): Uint8Array | undefined {
  const bytes = Array.from(piece, (character) => byteOf.get(character));
  return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes as number[]);
}

/** Visible Latin-1 characters stand for themselves; the other bytes take the characters from 256 on, in order. */
function* alphabet(): Generator<[string, number]> {
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const visible = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    yield [String.fromCharCode(visible ? byte : next++), byte];
  }
}
