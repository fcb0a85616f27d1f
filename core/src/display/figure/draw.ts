/** A figure as an SVG picture, for readers without plotly.js: lines, points, bars, histograms, heatmaps. */
import { asBars, bars, type Frame, type Heat, heatmap, heatOf, pairOf, scatter } from "./marks.ts";
import { lengthOf, type NumberColumn, type ReadTrace } from "./read.ts";
import { scaleOf, type Tick, ticksOf, tickText } from "./scale.ts";
import { type Axis, type Layout, titleOf } from "./spec.ts";
import { element, fill, seriesFill, stroke, text } from "./svg.ts";

const WIDTH = 820;
const LEFT = 72;
const MAIN = 576;
const GAP = 24;
const DRAWN = new Set(["scatter", "scattergl", "bar", "histogram", "heatmap"]);

interface Plot extends Frame {
  /** The colours of a heatmap. */
  readonly heat?: Heat;
}

export interface Drawing {
  readonly svg: string;
  readonly heat: Heat | undefined;
  /** Traces of kinds that only plotly.js draws. */
  readonly undrawn: readonly string[];
}

export function draw(traces: readonly ReadTrace[], layout: Layout): Drawing {
  const shown = traces.filter(({ kind }) => DRAWN.has(kind)).map(asBars);
  const undrawn = [...new Set(traces.map(({ kind }) => kind).filter((kind) => !DRAWN.has(kind)))];
  const heated = shown.find(({ kind, columns }) => kind === "heatmap" && matrixOf(columns.get("z")));
  const z = heated && matrixOf(heated.columns.get("z"));
  const title = titleOf(layout.title);
  const top = (title ? 28 : 4) + 14;
  const height = Math.min(1200, Math.max(96, (layout.height ?? 300) - top - 36));
  const frame: Plot = {
    left: LEFT,
    top,
    width: MAIN,
    height,
    ...(z ? matrixScales(heated!, z, layout) : scales(shown, layout)),
    ...(z && { heat: heatOf(heated!, z) }),
  };
  const barred = shown.filter(({ kind }) => kind === "bar");
  const marks = shown.map((trace, place) => {
    if (trace.kind === "heatmap") return z && trace === heated ? heatmap(z, frame.heat!, frame) : "";
    if (trace.kind === "bar") {
      const isAlone = layout.barmode === "overlay" || typeof trace.rest.width === "number";
      return isAlone
        ? bars(trace, place, frame, 0, 1)
        : bars(trace, place, frame, barred.indexOf(trace), barred.length);
    }
    return scatter(trace, place, frame);
  });
  const clip = element(
    "clipPath",
    { id: "plot" },
    element("rect", { x: LEFT - 3, y: top - 3, width: MAIN + 6, height: height + 6 }),
  );
  const whole = { width: WIDTH, height: top + height + 36 };
  const parts = [
    element("rect", { ...whole, ...fill("page") }),
    title && text(title, 0, 15, { ...fill("ink"), "font-size": 13, "font-weight": 600 }),
    ...axes(frame, layout),
    element("defs", {}, clip),
    element("g", { "clip-path": "url(#plot)" }, marks.join("") || " "),
    ...(z ? heatKey(frame) : legend(shown, frame)),
    ...(undrawn.length > 0
      ? [text(`${undrawn.join(", ")}: drawn by plotly.js only`, LEFT, top + height + 32)]
      : []),
  ];
  const svg = element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${whole.height}`, ...whole },
    parts.join(""),
  );
  return { svg, heat: frame.heat, undrawn };
}

const matrixOf = (
  column: ReadTrace["columns"] extends ReadonlyMap<string, infer C> ? C | undefined : never,
): NumberColumn | undefined => (column && "numbers" in column && column.cols ? column : undefined);

function scales(shown: readonly ReadTrace[], { xaxis, yaxis }: Layout): Pick<Frame, "x" | "y"> {
  const pairs = shown.flatMap((trace) => pairOf(trace) ?? []);
  const isBarred = shown.some(({ kind }) => kind === "bar");
  const width = shown.find(({ rest }) => typeof rest.width === "number")?.rest.width;
  const x = scaleOf(
    xaxis,
    pairs.map((pair) => pair.x),
    isBarred && typeof width !== "number" ? 0.04 : 0.02,
  );
  const ys = pairs.map((pair) => pair.y);
  const isLog = yaxis?.type === "log";
  const y = scaleOf(yaxis, isBarred && !isLog ? [...ys, { numbers: [0] }] : ys, 0.05);
  return { x, y: isBarred && !isLog && y.kind === "linear" && !yaxis?.range ? restedOnZero(y) : y };
}

/** Bars begin at the line of the axis. */
const restedOnZero = <S extends { from: number; to: number }>(y: S): S => {
  const free = (y.to - y.from) * (0.05 / 1.1);
  return Math.abs(y.from + free) < 1e-9 * Math.abs(y.to) ? { ...y, from: 0 } : y;
};

/** A cell for each row and column; a heatmap's first row is at the bottom unless the axis is reversed. */
function matrixScales(trace: ReadTrace, z: NumberColumn, { xaxis, yaxis }: Layout): Pick<Frame, "x" | "y"> {
  const cells = (name: "x" | "y", count: number, axis: Axis | undefined) => {
    const column = trace.columns.get(name) ?? { numbers: Float64Array.from({ length: count }, (_, i) => i) };
    if ("words" in column) return scaleOf(axis, [column], 0);
    const first = column.numbers[0] ?? 0;
    const step =
      lengthOf(column) > 1 ? (column.numbers[lengthOf(column) - 1]! - first) / (lengthOf(column) - 1) : 1;
    const [from, to] = [first - step / 2, first + step * (count - 0.5)];
    const ends = axis?.autorange === "reversed" ? { from: to, to: from } : { from, to };
    return { kind: "linear" as const, ...ends };
  };
  return { x: cells("x", z.cols!, xaxis), y: cells("y", z.numbers.length / z.cols!, yaxis) };
}

function axes(frame: Frame, { xaxis, yaxis }: Layout): string[] {
  const { left, top, width, height } = frame;
  const bottom = top + height;
  const down = ticksOf(frame.y, Math.max(2, Math.floor(height / 36)), () => left - 8);
  const along = ticksOf(frame.x, 8, (words) => width / words);
  const inside = ({ at }: Tick) => at > -1e-9 && at < 1 + 1e-9;
  const y = (tick: Tick) => top + (1 - tick.at) * height;
  const x = (tick: Tick) => left + tick.at * width;
  const grid = down.filter(inside).map((tick) => `M${left} ${Math.round(y(tick)) + 0.5}h${width}`);
  const marks = along.filter(inside).map((tick) => `M${Math.round(x(tick)) + 0.5} ${bottom}v4`);
  const small = { "font-size": 10 };
  return [
    element("path", { d: grid.join(""), ...stroke("line") }),
    element("path", {
      d: `${marks.join("")}M${left} ${Math.round(bottom) + 0.5}h${width}`,
      ...stroke("tick"),
    }),
    ...down
      .filter(inside)
      .map((tick) => text(tick.label, left - 8, y(tick) + 3.5, { ...small, "text-anchor": "end" })),
    ...along
      .filter(inside)
      .map((tick) => text(tick.label, x(tick), bottom + 15, { ...small, "text-anchor": "middle" })),
    text(titleOf(yaxis?.title), 0, top - 8),
    text(titleOf(xaxis?.title), left + width, bottom + 30, { "text-anchor": "end" }),
  ];
}

/** The names of the series, beside the plot. */
function legend(shown: readonly ReadTrace[], { top }: Frame): string[] {
  return shown.flatMap((trace, place) => {
    const { name, marker, line } = trace.rest as {
      name?: unknown;
      marker?: { color?: unknown };
      line?: { color?: unknown };
    };
    if (typeof name !== "string") return [];
    const y = top + 8 + 18 * place;
    const x = LEFT + MAIN + GAP;
    return [
      element("rect", {
        x,
        y: y - 6,
        width: 10,
        height: 3,
        ...seriesFill(place, line?.color ?? marker?.color),
      }),
      text(name.length > 20 ? `${name.slice(0, 19)}…` : name, x + 16, y, fill("ink")),
    ];
  });
}

/** What the colours of a heatmap stand for. */
function heatKey({ top, heat }: Plot): string[] {
  const x = LEFT + MAIN + GAP;
  const strip = {
    numbers: Float64Array.from({ length: 128 }, (_, i) => heat!.lo + (i / 127) * (heat!.hi - heat!.lo)),
    cols: 128,
  };
  const flat = { kind: "linear", from: 0, to: 1 } as const;
  const end = { "font-size": 10 };
  return [
    heatmap(strip, heat!, { left: x, top, width: 148, height: 8, x: flat, y: flat }),
    text(tickText(heat!.lo), x, top + 20, end),
    text(tickText(heat!.hi), x + 148, top + 20, { ...end, "text-anchor": "end" }),
  ];
}
