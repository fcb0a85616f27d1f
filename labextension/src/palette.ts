/** The palettes in both themes: a few stops, interpolated in OKLab into 256 colours. */
import type { Theme } from "./theme.ts";

export type Colour = readonly [red: number, green: number, blue: number];
type Triple = [number, number, number];

const BLUE_AND_ORANGE = {
  light: {
    diverging: "#12519a #357bbd #68a1d2 #9ec4e2 #cfe0ed #f4f4f2 #f6dcc5 #eeb384 #db8140 #ba5610 #8b3400",
    sequential: "#f3f5f4 #cfe3df #95c5bf #4b9b96 #166a68 #0b4d4e #06383a",
  },
  dark: {
    diverging: "#86c5fb #4fa1e2 #3179b5 #255881 #1f394f #232323 #43301f #714524 #a7612a #db8539 #ffae62",
    sequential: "#1f2424 #1d3a3a #1f5a59 #2b807c #4fa9a2 #8fd0c6 #d8f3ec",
  },
};

/** ColorBrewer's PRGn, with the middle that our pages have. */
const GREEN_AND_PURPLE = {
  light: {
    diverging: "#00441b #1b7837 #5aae61 #9fd09b #d3ead0 #f4f4f2 #e4d6e8 #c2a5cf #9970ab #762a83 #40004b",
    sequential: "#f4f4f2 #e4d6e8 #c2a5cf #9970ab #762a83 #56126a #40004b",
  },
  dark: {
    diverging: "#a6e8a4 #67c46d #3b9149 #286337 #213c28 #232323 #37293c #573b63 #855a98 #b98acb #e6c4f3",
    sequential: "#232323 #37293c #573b63 #855a98 #b98acb #d2abe2 #e6c4f3",
  },
};

const GREY = {
  light: {
    diverging: "#1c1c1c #444444 #707070 #9f9f9f #cccccc #f4f4f2 #f6dcc5 #eeb384 #db8140 #ba5610 #8b3400",
    sequential: "#f4f4f2 #d0d0d0 #a8a8a8 #808080 #585858 #363636 #1c1c1c",
  },
  dark: {
    diverging: "#f0f0f0 #c6c6c6 #9a9a9a #707070 #474747 #232323 #43301f #714524 #a7612a #db8539 #ffae62",
    sequential: "#232323 #3f3f3f #5f5f5f #848484 #aaaaaa #cfcfcf #f0f0f0",
  },
};

const SETS = { "blue and orange": BLUE_AND_ORANGE, "green and purple": GREEN_AND_PURPLE, grey: GREY };

export type PaletteSet = keyof typeof SETS;
export type PaletteName = keyof (typeof BLUE_AND_ORANGE)["light"];

const made = new Map<string, readonly Colour[]>();

export function paletteOf(
  name: PaletteName,
  theme: Theme,
  set: PaletteSet = "blue and orange",
): readonly Colour[] {
  const key = `${name} ${theme} ${set}`;
  const palette = made.get(key) ?? interpolated(name, theme, set);
  made.set(key, palette);
  return palette;
}

function interpolated(name: PaletteName, theme: Theme, set: PaletteSet): readonly Colour[] {
  const stops = (SETS[set] ?? BLUE_AND_ORANGE)[theme][name].split(" ").map((stop) => toLab(parse(stop)));
  return Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (stops.length - 1);
    const left = Math.min(Math.floor(at), stops.length - 2);
    const [a, b, t] = [stops[left]!, stops[left + 1]!, at - left];
    return toRgb([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]);
  });
}

/** The colour of a value; what lies beyond the range takes the colour of its end. */
export function colourAt(palette: readonly Colour[], value: number, lo: number, hi: number): Colour {
  const share = Math.min(1, Math.max(0, (value - lo) / (hi - lo)));
  return palette[Math.round(share * 255)]!;
}

export const cssColour = ([r, g, b]: Colour): string => `rgb(${r}, ${g}, ${b})`;

/** White where it can be read on a colour, else black. */
export const inkOn = (colour: Colour): "#fff" | "#000" =>
  1.05 / (luminance(colour) + 0.05) >= 4.5 ? "#fff" : "#000";

function luminance(colour: Colour): number {
  const [r, g, b] = colour.map(linear) as Triple;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function parse(hex: string): Colour {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

const linear = (channel: number): number => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

const gamma = (c: number): number => {
  const inside = Math.min(1, Math.max(0, c));
  return Math.round(255 * (inside <= 0.0031308 ? 12.92 * inside : 1.055 * inside ** (1 / 2.4) - 0.055));
};

function toLab(colour: Colour): Triple {
  const [r, g, b] = colour.map(linear) as Triple;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([lightness, a, b]: Triple): Colour {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
