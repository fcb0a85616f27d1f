/** Words and bars as an SVG file, for readers without our viewer. Text goes in escaped. */
import { type Colour, colours } from "../palette.ts";
import type { ColourRange } from "../range.ts";

export const INK = "#212121";
export const DIM = "#666";
const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML does not know are left out. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (letter) => ESCAPES[letter]!).replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, "");

/** A token as it is drawn: a leading space is a dot, a line break a sign, a long one is cut. */
export function tokenText(token: string, most = 8): string {
  const text = token.replace(/^ /, "·").replace(/\r?\n/g, "⏎").replace(/\t/g, "⇥");
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

export const text = (x: number, y: number, words: string, rest = ""): string =>
  `<text x="${x}" y="${y}" ${rest}>${escaped(words)}</text>`;

export const rect = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;

/** A file on white, since its words are dark. */
export const sheet = (width: number, height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="-12 -12 ${width} ${height}" ` +
  `font-family="${MONO}" font-size="11" fill="${INK}">${rect(-12, -12, width, height, "#fff")}${parts.join("")}</svg>`;

/** The colours of a range, and the ink that can be read on them. */
export function painter({ lo, hi, palette }: ColourRange): (value: number) => { fill: string; ink: string } {
  const all = colours(palette, 255);
  return (value) => {
    if (!Number.isFinite(value)) return { fill: "#fff", ink: INK };
    const share = Math.min(1, Math.max(0, (value - lo) / (hi - lo)));
    const colour = all[Math.round(share * 254)]!;
    return { fill: `rgb(${colour.join(",")})`, ink: isDark(colour) ? "#fff" : "#000" };
  };
}

/** Whether white reaches 4.5:1 on it. */
function isDark(colour: Colour): boolean {
  const [r, g, b] = colour.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) >= 4.5;
}
