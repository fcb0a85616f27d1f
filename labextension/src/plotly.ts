/** plotly.js: fetched when the first figure is drawn, in the inks of the page, with words of data as words. */
import { type Colour, cssColour, type PaletteName, paletteOf } from "./palette.ts";
import { settings } from "./settings.ts";
import { currentTheme } from "./theme.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Plotted extends HTMLElement {
  on(
    event: "plotly_hover" | "plotly_unhover",
    listener: (event: { readonly points: readonly Point[] }) => void,
  ): void;
  /** The traces as plotly.js has read them, packed arrays unpacked. */
  readonly _fullData: readonly { readonly x?: ArrayLike<unknown>; readonly y?: ArrayLike<unknown> }[];
}

/** What the pointer is on. */
export interface Point {
  readonly curveNumber: number;
  readonly pointNumber: number | readonly number[];
  readonly x: unknown;
  readonly y: unknown;
  readonly z?: unknown;
}

interface Plotly {
  react(node: HTMLElement, data: readonly Json[], layout: Json, config: Json): Promise<Plotted>;
  purge(node: HTMLElement): void;
  toImage(node: HTMLElement, options: Json): Promise<string>;
  readonly Fx: {
    hover(node: HTMLElement, points: readonly Pick<Point, "curveNumber" | "pointNumber">[]): void;
    unhover(node: HTMLElement): void;
  };
}

export async function loadPlotly(): Promise<Plotly> {
  const loaded = (await import("plotly.js-cartesian-dist-min")) as unknown as { default?: Plotly } & Plotly;
  return loaded.default ?? loaded;
}

export const CONFIG = { displayModeBar: false, displaylogo: false, doubleClick: "reset" };

export const SERIES = {
  light: ["#12519a", "#db8140", "#166a68", "#68a1d2", "#8b3400", "#7a7a7a"],
  dark: ["#86c5fb", "#ee9f60", "#4fa9a2", "#3179b5", "#a7612a", "#9a9a9a"],
} as const;

/** Colours of the page as plotly.js reads them. */
export interface Inks {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly tick: string;
  readonly sans: string;
}

export function inksOf(node: HTMLElement): Inks {
  const style = getComputedStyle(node);
  const pen = document.createElement("canvas").getContext("2d")!;
  const colour = (name: string): string => {
    pen.fillStyle = style.getPropertyValue(name).trim();
    return String(pen.fillStyle);
  };
  return {
    ink: colour("--v-ink"),
    soft: colour("--v-ink2"),
    line: colour("--v-line"),
    tick: colour("--v-tick"),
    sans: style.getPropertyValue("--v-sans").trim(),
  };
}

/** A colour scale of a palette, for heatmaps. */
export function scaleOf(kind: PaletteName): (readonly [number, string])[] {
  const colours: readonly Colour[] = paletteOf(kind, currentTheme(), settings().palette);
  return Array.from(
    { length: 33 },
    (_, i) => [i / 32, cssColour(colours[Math.round((i / 32) * 255)]!)] as const,
  );
}

export const axisOf = ({ soft, line, tick }: Inks): Json => ({
  ...{ gridcolor: line, zerolinecolor: tick, linecolor: tick, tickcolor: tick, ticks: "outside", ticklen: 4 },
  ...{ tickfont: { size: 10, color: soft }, exponentformat: "e", automargin: true },
});

/** plotly.js reads tags and links in text: what comes as data is only ever words. */
export function asWords<Value>(value: Value): Value {
  if (typeof value === "string")
    return value.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;") as Value;
  if (Array.isArray(value)) return value.map(asWords) as Value;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asWords(one)])) as Value;
}
