/**
 * A zlib stream that folds only runs of one byte, with the fixed code of RFC 1951. That is all a magnified heatmap
 * repeats, and it runs where there is no zlib.
 */
import { adler32 } from "./checksum.ts";

const SHORTEST = 3;
const LONGEST = 258;
const END = 256;
/** For lengths from 3: the code, the shortest length it stands for, the extra bits that tell how much longer. */
const LENGTHS = lengthCodes();
const CODES = Array.from({ length: 288 }, (_, value) => fixedCode(value));

export function deflate(bytes: Uint8Array): Uint8Array {
  const out = new BitWriter();
  out.bits(0x78, 8);
  out.bits(0x01, 8);
  out.bits(0b011, 3); // the last block, fixed code
  for (let i = 0; i < bytes.length; ) {
    const run = i > 0 ? runFrom(bytes, i, bytes[i - 1]!) : 0;
    if (run >= SHORTEST) repeat(out, run);
    else symbol(out, bytes[i]!);
    i += run >= SHORTEST ? run : 1;
  }
  symbol(out, END);
  out.align();
  const sum = adler32(bytes);
  for (const shift of [24, 16, 8, 0]) out.bits((sum >>> shift) & 255, 8);
  return out.bytes();
}

function runFrom(bytes: Uint8Array, start: number, value: number): number {
  let n = 0;
  while (n < LONGEST && bytes[start + n] === value) n++;
  return n;
}

/** The last byte again, `run` times. */
function repeat(out: BitWriter, run: number): void {
  const { code, from, extra } = LENGTHS.findLast(({ from }) => from <= run)!;
  symbol(out, code);
  out.bits(run - from, extra);
  out.bits(0, 5); // distance 1
}

function symbol(out: BitWriter, value: number): void {
  const { bits, count } = CODES[value]!;
  out.bits(bits, count);
}

/** The fixed code of each symbol, its highest bit first. */
function fixedCode(value: number): { bits: number; count: number } {
  if (value < 144) return reversed(0x30 + value, 8);
  if (value < 256) return reversed(0x190 + value - 144, 9);
  return value < 280 ? reversed(value - 256, 7) : reversed(0xc0 + value - 280, 8);
}

function reversed(code: number, count: number): { bits: number; count: number } {
  let bits = 0;
  for (let bit = 0; bit < count; bit++) bits |= ((code >>> bit) & 1) << (count - 1 - bit);
  return { bits, count };
}

function lengthCodes(): { code: number; from: number; extra: number }[] {
  const codes = [];
  let from = SHORTEST;
  for (let code = 257; code < 285; code++) {
    const extra = code < 265 ? 0 : Math.floor((code - 261) / 4);
    codes.push({ code, from, extra });
    from += 1 << extra;
  }
  return [...codes, { code: 285, from: LONGEST, extra: 0 }];
}

class BitWriter {
  readonly #bytes: number[] = [];
  #held = 0;
  #count = 0;

  /** A number, its lowest bit first. */
  bits(value: number, count: number): void {
    this.#held |= value << this.#count;
    this.#count += count;
    for (; this.#count >= 8; this.#count -= 8) {
      this.#bytes.push(this.#held & 255);
      this.#held >>>= 8;
    }
  }

  align(): void {
    if (this.#count > 0) this.bits(0, 8 - this.#count);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
