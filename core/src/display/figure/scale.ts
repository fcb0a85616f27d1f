/** From values to places along an axis, and the ticks that stand there. */
import type { Column } from "./read.ts";
import type { Axis } from "./spec.ts";

/** What an axis of the picture means: enough to find the value under a pointer. */
export interface Scale {
  readonly kind: "linear" | "log" | "category";
  /** The values at the start and the end; of log their powers of ten, of words their places. */
  readonly from: number;
  readonly to: number;
  readonly words?: readonly string[];
}

export interface Tick {
  /** From 0 at the start of the axis to 1 at its end. */
  readonly at: number;
  readonly label: string;
}

/** An axis around some columns; `margin` is the share of its length left free at both ends. */
export function scaleOf(axis: Axis | undefined, columns: readonly Column[], margin: number): Scale {
  const words = [...new Set(columns.flatMap((column) => ("words" in column ? column.words : [])))];
  const flip = (from: number, to: number) =>
    axis?.autorange === "reversed" ? { from: to, to: from } : { from, to };
  if (words.length > 0) return { kind: "category", ...flip(-0.5, words.length - 0.5), words };
  const kind = axis?.type === "log" ? "log" : "linear";
  if (axis?.range) return { kind, from: Number(axis.range[0]), to: Number(axis.range[1]) };
  let [lo, hi] = [Infinity, -Infinity];
  for (const column of columns) {
    if ("words" in column) continue;
    for (let i = 0; i < column.numbers.length; i++) {
      const x = kind === "log" ? Math.log10(column.numbers[i]!) : column.numbers[i]!;
      if (!Number.isFinite(x)) continue;
      if (x < lo) lo = x;
      if (x > hi) hi = x;
    }
  }
  if (lo > hi) [lo, hi] = [0, 1];
  if (lo === hi) [lo, hi] = [lo - 0.5, hi + 0.5];
  const free = (hi - lo) * margin;
  return { kind, ...flip(lo - free, hi + free) };
}

/** Where a value stands, from 0 to 1 inside the axis; NaN for one that has no place. */
export function placeOf({ kind, from, to, words }: Scale, value: number | string): number {
  if (kind === "category") {
    const at = words!.indexOf(String(value));
    return at < 0 ? Number.NaN : (at - from) / (to - from);
  }
  const x = kind === "log" ? Math.log10(Number(value)) : Number(value);
  return (x - from) / (to - from);
}

/** The px of a character of a tick, on the wide side. */
const CHARACTER = 6;

/**
 * About so many round values, or words that are cut to their room.
 * @param room the px that each of so many words has; unless given enough for twelve characters
 */
export function ticksOf(
  scale: Scale,
  count: number,
  room: (words: number) => number = () => 12 * CHARACTER,
): Tick[] {
  const { kind, from, to, words } = scale;
  if (kind === "category") {
    const every = Math.ceil(words!.length / count);
    const most = Math.floor(room(Math.ceil(words!.length / every)) / CHARACTER);
    return words!.flatMap((label, i) =>
      i % every === 0 ? [{ at: (i - from) / (to - from), label: cut(label, most) }] : [],
    );
  }
  const step =
    kind === "log" ? Math.max(1, stepOf(Math.abs(to - from) / count)) : stepOf(Math.abs(to - from) / count);
  const [lo, hi] = [Math.min(from, to), Math.max(from, to)];
  const ticks: Tick[] = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + step * 1e-9; i++) {
    const value = Number((i * step).toPrecision(12));
    const label = kind === "log" ? tickText(10 ** value) : tickText(value);
    ticks.push({ at: (value - from) / (to - from), label });
  }
  return ticks;
}

/** The next of 1, 2, 5 times a power of ten. */
function stepOf(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least * 0.999) ?? power;
}

/** A round number with a true minus, in groups of three digits. */
export function tickText(x: number): string {
  const size = Math.abs(x);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e6) ? x.toExponential().replace("e+", "e") : grouped(String(x));
  return text.replace(/-/g, "\u2212");
}

const grouped = (text: string): string => {
  const [whole, ...rest] = text.split(".");
  return [whole!.replace(/\B(?=(\d{3})+$)/g, "\u202f"), ...rest].join(".");
};

const cut = (label: string, most: number): string =>
  label.length > most ? `${label.slice(0, most - 1)}…` : label;
