/** Pictures of at most 256 colours as PNG files. */
import { crc32 } from "./checksum.ts";
import { deflate } from "./deflate.ts";
import type { Colour } from "./palette.ts";

export interface Indexed {
  readonly width: number;
  /** The palette entry of each pixel, line by line. */
  readonly lines: readonly Uint8Array[];
  readonly palette: readonly Colour[];
  /** The entry that lets the page through. */
  readonly transparent: number;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export function encodePng({ width, lines, palette, transparent }: Indexed): Uint8Array {
  const alpha = palette.map((_, i) => (i === transparent ? 0 : 255));
  return Uint8Array.from([
    ...SIGNATURE,
    ...chunk("IHDR", [...uint32(width), ...uint32(lines.length), 8, 3, 0, 0, 0]),
    ...chunk("PLTE", palette.flat()),
    ...chunk("tRNS", alpha),
    ...chunk("IDAT", deflate(filtered(width, lines))),
    ...chunk("IEND", []),
  ]);
}

/** Each line after its filter: a line like the one above it becomes zeros, which all but vanish. */
function filtered(width: number, lines: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(lines.length * (width + 1));
  lines.forEach((line, y) => {
    const start = y * (width + 1);
    if (y > 0 && line === lines[y - 1]) bytes[start] = 2;
    else bytes.set(line, start + 1);
  });
  return bytes;
}

function chunk(name: string, data: ArrayLike<number>): number[] {
  const body = [...Array.from(name, (letter) => letter.charCodeAt(0)), ...Array.from(data)];
  return [...uint32(data.length), ...body, ...uint32(crc32(body))];
}

const uint32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
