/** The marks of each kind of trace inside the frame of the axes. */
import { encodeBase64 } from "../base64.ts";
import { colours } from "../palette.ts";
import { encodePng } from "../png.ts";
import { colourRange } from "../range.ts";
import { sampleOf } from "../sample.ts";
import { statisticsOf } from "../statistics.ts";
import { type Column, lengthOf, type NumberColumn, type ReadTrace } from "./read.ts";
import { binCount, binsOf } from "./sample.ts";
import { placeOf, type Scale } from "./scale.ts";
import { element, seriesFill, seriesStroke, short } from "./svg.ts";

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: Scale;
  readonly y: Scale;
}

export const valueOf = (column: Column, i: number): number | string =>
  "words" in column ? column.words[i]! : column.numbers[i]!;

/** `y` over `x`; either stands for the other's places if it is alone. */
export function pairOf({ columns }: ReadTrace): { x: Column; y: Column } | undefined {
  const [x, y] = [columns.get("x"), columns.get("y")];
  const places = (column: Column) => ({
    numbers: Float64Array.from({ length: lengthOf(column) }, (_, i) => i),
  });
  if (y) return { x: x ?? places(y), y };
  return x && { x, y: places(x) };
}

/** A histogram in the bins that are drawn. */
export function asBars(trace: ReadTrace): ReadTrace {
  if (trace.kind !== "histogram") return trace;
  const column = trace.columns.get("x") ?? trace.columns.get("y");
  if (!column) return trace;
  if ("words" in column) {
    const counts = new Map<string, number>();
    for (const word of column.words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const numbers = Float64Array.from(counts.values());
    return {
      ...trace,
      kind: "bar",
      columns: new Map<string, Column>([
        ["x", { words: [...counts.keys()] }],
        ["y", { numbers }],
      ]),
    };
  }
  const { edges, counts } = binsOf(column.numbers, Number(trace.rest.nbinsx) || binCount(lengthOf(column)));
  const centres = Float64Array.from(counts, (_, i) => (edges[i]! + edges[i + 1]!) / 2);
  return {
    kind: "bar",
    columns: new Map<string, Column>([
      ["x", { numbers: centres }],
      ["y", { numbers: Float64Array.from(counts) }],
    ]),
    rest: { ...trace.rest, width: edges[1]! - edges[0]! },
  };
}

const markerOf = ({ rest }: ReadTrace) => (rest.marker ?? {}) as { color?: unknown; size?: unknown };
const lineOf = ({ rest }: ReadTrace) => (rest.line ?? {}) as { color?: unknown; width?: unknown };

export function scatter(trace: ReadTrace, place: number, frame: Frame): string {
  const pair = pairOf(trace);
  if (!pair) return "";
  const count = Math.min(lengthOf(pair.x), lengthOf(pair.y));
  const mode = typeof trace.rest.mode === "string" ? trace.rest.mode : count > 20 ? "lines" : "lines+markers";
  const points = Array.from({ length: count }, (_, i) => at(frame, valueOf(pair.x, i), valueOf(pair.y, i)));
  const parts: string[] = [];
  if (mode.includes("lines")) {
    let d = "";
    let isOpen = false;
    for (const [x, y] of points) {
      if (!Number.isFinite(x + y)) isOpen = false;
      else {
        d += `${isOpen ? "L" : "M"}${short(x)} ${short(y)}`;
        isOpen = true;
      }
    }
    const { color, width } = lineOf(trace);
    const dash = place >= 6 ? "5 3" : undefined;
    const look = {
      "stroke-width": typeof width === "number" ? width : 1.5,
      "stroke-linejoin": "round",
      "stroke-dasharray": dash,
    };
    parts.push(element("path", { d, ...seriesStroke(place, color), ...look }));
  }
  if (mode.includes("markers")) {
    const { color, size } = markerOf(trace);
    const r = typeof size === "number" ? size / 2 : 2.5;
    const dots = points.filter(([x, y]) => Number.isFinite(x + y));
    parts.push(
      element(
        "g",
        seriesFill(place, color),
        dots.map(([cx, cy]) => element("circle", { cx, cy, r })).join(""),
      ),
    );
  }
  return parts.join("");
}

/** The bars of the `turn`-th of `turns` series that stand side by side. */
export function bars(trace: ReadTrace, place: number, frame: Frame, turn: number, turns: number): string {
  const pair = pairOf(trace);
  if (!pair) return "";
  const count = lengthOf(pair.x);
  const room = barRoom(trace, pair.x, frame);
  const isHistogram = typeof trace.rest.width === "number";
  const width = Math.max(0.5, isHistogram ? room - (room > 4 ? 1 : 0) : (room * 0.8) / turns);
  const zero = clampedPlace(frame.y, 0);
  const drawn: string[] = [];
  for (let i = 0; i < count; i++) {
    const [x, y] = at(frame, valueOf(pair.x, i), valueOf(pair.y, i));
    if (!Number.isFinite(x + y)) continue;
    const left = isHistogram ? x - width / 2 : x - (width * turns) / 2 + turn * width;
    const base = frame.top + frame.height * (1 - zero);
    drawn.push(
      element("rect", {
        x: left,
        y: Math.min(y, base),
        width: Math.max(0.5, width - (turns > 1 ? 1 : 0)),
        height: Math.abs(y - base),
      }),
    );
  }
  return element("g", seriesFill(place, markerOf(trace).color), drawn.join(""));
}

/** The px from one bar to the next. */
function barRoom(trace: ReadTrace, x: Column, frame: Frame): number {
  const span = Math.abs(frame.x.to - frame.x.from);
  if (typeof trace.rest.width === "number") return (trace.rest.width / span) * frame.width;
  if ("words" in x) return frame.width / span;
  const sorted = Float64Array.from(x.numbers).filter(Number.isFinite).sort();
  let least = Infinity;
  for (let i = 1; i < sorted.length; i++) {
    const gap = sorted[i]! - sorted[i - 1]!;
    if (gap > 0 && gap < least) least = gap;
  }
  return ((least === Infinity ? span : least) / span) * frame.width;
}

const clampedPlace = (scale: Scale, value: number): number => {
  const place = scale.kind === "log" ? 0 : placeOf(scale, value);
  return Math.min(1, Math.max(0, place));
};

export interface Heat {
  readonly lo: number;
  readonly hi: number;
  readonly palette: "diverging" | "sequential";
}

export function heatOf(trace: ReadTrace, z: NumberColumn): Heat {
  const numbers = Float64Array.from(z.numbers);
  const { zmin, zmax } = trace.rest;
  const range = colourRange(statisticsOf(numbers, sampleOf(numbers)));
  return {
    ...range,
    ...(typeof zmin === "number" && { lo: zmin }),
    ...(typeof zmax === "number" && { hi: zmax }),
  };
}

/** One pixel a cell, stretched over the frame. */
export function heatmap(z: NumberColumn, { lo, hi, palette }: Heat, frame: Frame): string {
  const [rows, cols] = [z.numbers.length / z.cols!, z.cols!];
  const shade = (value: number) =>
    Number.isNaN(value) ? 255 : Math.round(Math.min(1, Math.max(0, (value - lo) / (hi - lo))) * 254);
  const isUp = frame.y.to > frame.y.from;
  const lines = Array.from({ length: rows }, (_, row) =>
    Uint8Array.from({ length: cols }, (_, col) =>
      shade(z.numbers[(isUp ? rows - 1 - row : row) * cols + col]!),
    ),
  );
  const file = encodePng({
    width: cols,
    lines,
    palette: [...colours(palette, 255), [255, 255, 255]],
    transparent: 255,
  });
  return element("image", {
    x: frame.left,
    y: frame.top,
    width: frame.width,
    height: frame.height,
    preserveAspectRatio: "none",
    style: "image-rendering:pixelated",
    href: `data:image/png;base64,${encodeBase64(file)}`,
  });
}

const at = (frame: Frame, x: number | string, y: number | string): readonly [number, number] => [
  frame.left + placeOf(frame.x, x) * frame.width,
  frame.top + (1 - placeOf(frame.y, y)) * frame.height,
];
