/** What lies under a pointer in a figure: the nearest point of a trace, the bar, the cell. */
import type { FigurePayload, Plot, Scale } from "nnsight-ts/display";
import { type Column, columnOf, matrixOf } from "./columns.ts";

/** A place in the picture and what is there. */
export interface Found {
  /** Which trace. */
  readonly trace: number;
  readonly name: string;
  readonly x: number | string;
  readonly y: number | string;
  /** Of a heatmap. */
  readonly z?: number;
  /** In px of the picture. */
  readonly at: readonly [x: number, y: number];
  /** The cell around it, for a heatmap. */
  readonly size?: readonly [width: number, height: number];
}

/** Farther away, nothing is meant. */
const REACH = 40;

export function find(payload: FigurePayload, [px, py]: readonly [number, number]): Found | undefined {
  const { plot } = payload;
  const inside =
    px >= plot.left && px <= plot.left + plot.width && py >= plot.top && py <= plot.top + plot.height;
  if (!inside) return undefined;
  if (plot.heat) return cellUnder(payload, px, py);
  let nearest: Found | undefined;
  let least = REACH;
  payload.data.forEach((trace, place) => {
    const bins = plot.bins?.[place];
    const isBar = trace.type === "bar" || bins !== undefined;
    for (const [x, y, at] of pointsOf({ ...trace, ...bins }, plot)) {
      const away = isBar ? Math.abs(at[0] - px) : Math.hypot(at[0] - px, at[1] - py);
      if (!(away < least)) continue;
      least = away;
      nearest = { trace: place, name: nameOf(trace, place), x, y, at };
    }
  });
  return nearest;
}

/** Every point of a trace, for those who go from one to the next by key. */
export function* pointsOf(
  trace: FigurePayload["data"][number],
  plot: Plot,
): Generator<readonly [x: number | string, y: number | string, at: readonly [number, number]]> {
  const [xs, ys] = [columnOf(trace, "x"), columnOf(trace, "y")];
  const count = Math.min(xs?.length ?? Infinity, ys?.length ?? Infinity);
  for (let i = 0; i < (count === Infinity ? 0 : count); i++) {
    const [x, y] = [valueAt(xs, i), valueAt(ys, i)];
    const at = [
      plot.left + placeOf(plot.x, x) * plot.width,
      plot.top + (1 - placeOf(plot.y, y)) * plot.height,
    ] as const;
    if (Number.isFinite(at[0] + at[1])) yield [x, y, at];
  }
}

const valueAt = (column: Column | undefined, i: number): number | string =>
  column?.[i] ?? (column ? Number.NaN : i);

const nameOf = ({ name }: FigurePayload["data"][number], place: number): string =>
  typeof name === "string" ? name : `trace ${place}`;

/** As the kernel has drawn it. */
function placeOf({ kind, from, to, words }: Scale, value: number | string): number {
  if (kind === "category") {
    const at = words!.indexOf(String(value));
    return at < 0 ? Number.NaN : (at - from) / (to - from);
  }
  return ((kind === "log" ? Math.log10(Number(value)) : Number(value)) - from) / (to - from);
}

function cellUnder(payload: FigurePayload, px: number, py: number): Found | undefined {
  const { plot } = payload;
  const place = payload.data.findIndex((trace) => matrixOf(trace) !== undefined);
  const trace = payload.data[place];
  const matrix = trace && matrixOf(trace);
  if (!matrix) return undefined;
  const { values, cols } = matrix;
  const rows = values.length / cols;
  const [width, height] = [plot.width / cols, plot.height / rows];
  const col = Math.min(cols - 1, Math.floor((px - plot.left) / width));
  const line = Math.min(rows - 1, Math.floor((py - plot.top) / height));
  const row = plot.y.to > plot.y.from ? rows - 1 - line : line;
  return {
    trace: place,
    name: nameOf(trace, place),
    x: valueAt(columnOf(trace, "x"), col),
    y: valueAt(columnOf(trace, "y"), row),
    z: values[row * cols + col]!,
    at: [plot.left + col * width, plot.top + line * height],
    size: [width, height],
  };
}
