/** Fewer points where a figure has more than a notebook should keep: peaks stay, and the payload says what was left out. */
import { gridOf, poolInto } from "../pool.ts";
import { type Column, lengthOf, type NumberColumn, type ReadTrace } from "./read.ts";

/** Histograms of more values than this are counted before they are sent. */
const BINS = 120;

/** The trace in about `most` values, or itself. */
export function sampled(trace: ReadTrace, most: number): ReadTrace {
  const size = Math.max(0, ...[...trace.columns.values()].map(lengthOf));
  if (size <= most) return trace;
  if (trace.kind === "histogram") return counted(trace);
  const z = trace.columns.get("z");
  if (z && "numbers" in z && z.cols) return pooled(trace, z, most);
  const kept = keptPlaces(trace.columns.get("y") ?? trace.columns.get("x"), size, most);
  const columns = new Map(
    [...trace.columns].map(([name, column]) => [
      name,
      lengthOf(column) === size ? picked(column, kept) : column,
    ]),
  );
  if (!columns.has("x") && columns.has("y")) columns.set("x", { numbers: Float64Array.from(kept) });
  return { ...trace, columns };
}

/** Of each stretch the smallest and the largest. */
function keptPlaces(column: Column | undefined, size: number, most: number): number[] {
  const stretches = Math.max(1, Math.floor(most / 2));
  const kept: number[] = [];
  for (let i = 0; i < stretches; i++) {
    const [start, end] = [Math.floor((i * size) / stretches), Math.floor(((i + 1) * size) / stretches)];
    let [low, high] = [start, start];
    if (column && "numbers" in column && column.numbers.length === size) {
      const { numbers } = column;
      for (let at = start; at < end; at++) {
        if (numbers[at]! < numbers[low]! || Number.isNaN(numbers[low]!)) low = at;
        if (numbers[at]! > numbers[high]! || Number.isNaN(numbers[high]!)) high = at;
      }
    }
    kept.push(...(low === high ? [low] : low < high ? [low, high] : [high, low]));
  }
  return kept;
}

const picked = (column: Column, places: readonly number[]): Column =>
  "words" in column
    ? { words: places.map((at) => column.words[at]!) }
    : { numbers: Float64Array.from(places, (at) => column.numbers[at]!) };

/** Cells of the value of largest size; labels of the first row and column of each. */
function pooled(trace: ReadTrace, z: NumberColumn, most: number): ReadTrace {
  const [rows, cols] = [z.numbers.length / z.cols!, z.cols!];
  const values = Float64Array.from(z.numbers);
  const slice = { values, rows, cols, rowAxis: 0, colAxis: 1 };
  const grid = gridOf(rows, cols, most);
  const columns = new Map(trace.columns);
  columns.set("z", { numbers: poolInto(slice, grid), cols: grid.cols });
  const firsts = (count: number, every: number) => Array.from({ length: count }, (_, i) => i * every);
  for (const [axis, size, places] of [
    ["x", cols, firsts(grid.cols, grid.pool[1])],
    ["y", rows, firsts(grid.rows, grid.pool[0])],
  ] as const) {
    const labels = columns.get(axis);
    if (labels && lengthOf(labels) !== size) continue;
    columns.set(axis, labels ? picked(labels, places) : { numbers: Float64Array.from(places) });
  }
  return { ...trace, columns };
}

export interface Bins {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** The finite values in so many equal stretches from the smallest to the largest. */
export function binsOf(numbers: ArrayLike<number>, count: number): Bins {
  let [lo, hi] = [Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!;
    if (!Number.isFinite(x)) continue;
    if (x < lo) lo = x;
    if (x > hi) hi = x;
  }
  if (lo > hi) return { edges: [0, 1], counts: [0] };
  const width = hi > lo ? (hi - lo) / count : 1 / count;
  const counts = new Array<number>(count).fill(0);
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!;
    if (Number.isFinite(x)) counts[Math.min(count - 1, Math.floor((x - lo) / width))]!++;
  }
  return { edges: Array.from({ length: count + 1 }, (_, i) => lo + i * width), counts };
}

/** As many bins as suit a number of values. */
export const binCount = (size: number): number => Math.min(BINS, Math.max(5, Math.ceil(Math.sqrt(size))));

/** All of its values counted, as bars. */
function counted(trace: ReadTrace): ReadTrace {
  const column = trace.columns.get("x") ?? trace.columns.get("y");
  if (!column || "words" in column) return trace;
  const { edges, counts } = binsOf(column.numbers, Number(trace.rest.nbinsx) || BINS);
  const centres = Float64Array.from(counts, (_, i) => (edges[i]! + edges[i + 1]!) / 2);
  const columns = new Map<string, Column>([
    ["x", { numbers: centres }],
    ["y", { numbers: Float64Array.from(counts) }],
  ]);
  return { kind: "bar", columns, rest: { ...trace.rest, type: "bar", width: edges[1]! - edges[0]! } };
}
