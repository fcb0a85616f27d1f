/// <reference lib="es2025.float16" />
/** A rectangle of a plane in cells: what each cell keeps of the values under it. */
import type { Numbers } from "../numbers.ts";
import { largestHalves, squaresOfHalves } from "./halves.ts";
import type { Plane, Rect } from "./plane.ts";

/** The value of largest size (with its sign), the mean, the smallest, the largest. */
export type Reduction = "absmax" | "mean" | "min" | "max";

export type Pool = readonly [rows: number, cols: number];

/** Folds a line of values into a line of cells, each of so many values. */
type Fold = (cells: Float64Array, at: number, line: Float64Array, across: number) => void;

/** Row by row; NaN where all values under a cell are. */
export function reduce(plane: Plane, rect: Rect, [down, across]: Pool, how: Reduction): Float64Array {
  const [height, width] = [Math.ceil(rect.rows / down), Math.ceil(rect.cols / across)];
  const cells = new Float64Array(height * width);
  if (
    how === "absmax" &&
    down * across > 1 &&
    isHalf(plane.values) &&
    largestHalves(cells, plane.values, plane, rect, [down, across])
  )
    return cells;
  const line = lineOf(plane, rect);
  if (down === 1 && across === 1) {
    for (let row = 0; row < height; row++) cells.set(line(row), row * width);
    return cells;
  }
  if (how === "mean") return means(plane, rect, [down, across]);
  const lows = how === "max" ? undefined : new Float64Array(cells.length).fill(Infinity);
  const highs = how === "min" ? undefined : new Float64Array(cells.length).fill(-Infinity);
  const fold = (into: { low: Fold; high: Fold }) => {
    for (let row = 0; row < rect.rows; row++) {
      const [at, values] = [Math.floor(row / down) * width, line(row)];
      if (lows) into.low(lows, at, values, across);
      if (highs) into.high(highs, at, values, across);
    }
  };
  fold(all);
  if (hasMissing((lows ?? highs)!)) {
    lows?.fill(Number.NaN);
    highs?.fill(Number.NaN);
    fold(present);
  }
  return lows && highs ? larger(lows, highs) : (lows ?? highs)!;
}

function hasMissing(cells: Float64Array): boolean {
  for (let i = 0; i < cells.length; i++) if (Number.isNaN(cells[i]!)) return true;
  return false;
}

/** Of the smallest and the largest of each cell the one of larger size. */
export function larger(lows: Float64Array, highs: Float64Array): Float64Array {
  const cells = new Float64Array(lows.length);
  for (let i = 0; i < cells.length; i++)
    cells[i] = Math.abs(lows[i]!) > Math.abs(highs[i]!) ? lows[i]! : highs[i]!;
  return cells;
}

/** The values of a row of a rectangle, whatever they are, as float64: so the loops over them are compiled once for all. */
function lineOf({ values, start, rowStride, colStride }: Plane, rect: Rect): (row: number) => Float64Array {
  const line = new Float64Array(rect.cols);
  const origin = start + rect.row * rowStride + rect.col * colStride;
  return (row) => {
    let at = origin + row * rowStride;
    if (colStride === 1) line.set(values.subarray(at, at + rect.cols));
    else for (let col = 0; col < line.length; col++, at += colStride) line[col] = values[at]!;
    return line;
  };
}

const isHalf = (values: Numbers): values is Float16Array =>
  typeof Float16Array !== "undefined" && values instanceof Float16Array;

/** The sum of the squares of the finite values under each row of cells, and how many they are, by turns. */
export function squaresPerRow(plane: Plane, rect: Rect, down: number): Float64Array {
  const { values, rowStride, colStride } = plane;
  if (isHalf(values)) return squaresOfHalves(values, plane, rect, down);
  const sums = new Float64Array(2 * Math.ceil(rect.rows / down));
  for (let row = 0; row < rect.rows; row++) {
    const at = 2 * Math.floor(row / down);
    const start = plane.start + (rect.row + row) * rowStride + rect.col * colStride;
    addSquares(sums, at, values, start, colStride, rect.cols);
  }
  return sums;
}

function addSquares(
  sums: Float64Array,
  at: number,
  values: Numbers,
  start: number,
  stride: number,
  cols: number,
): void {
  let sum = 0;
  let count = 0;
  for (let col = 0; col < cols; col++) {
    const value = values[start + col * stride]!;
    const square = value * value;
    if (square - square !== 0) continue;
    sum += square;
    count++;
  }
  sums[at]! += sum;
  sums[at + 1]! += count;
}

/** Without a branch that random values would take by chance; a value that is missing makes a cell that is. */
const all: { readonly low: Fold; readonly high: Fold } = {
  low(cells, at, line, across) {
    for (let col = 0; col < line.length; at++) {
      let kept = cells[at]!;
      for (const end = Math.min(line.length, col + across); col < end; col++)
        kept = Math.min(kept, line[col]!);
      cells[at] = kept;
    }
  },
  high(cells, at, line, across) {
    for (let col = 0; col < line.length; at++) {
      let kept = cells[at]!;
      for (const end = Math.min(line.length, col + across); col < end; col++)
        kept = Math.max(kept, line[col]!);
      cells[at] = kept;
    }
  },
};

/** Of the values that are not missing. */
const present: typeof all = {
  low(cells, at, line, across) {
    for (let col = 0; col < line.length; at++) {
      for (const end = Math.min(line.length, col + across); col < end; col++)
        if (!(line[col]! >= cells[at]!) && !Number.isNaN(line[col]!)) cells[at] = line[col]!;
    }
  },
  high(cells, at, line, across) {
    for (let col = 0; col < line.length; at++) {
      for (const end = Math.min(line.length, col + across); col < end; col++)
        if (!(line[col]! <= cells[at]!) && !Number.isNaN(line[col]!)) cells[at] = line[col]!;
    }
  },
};

/** The sums of the values under each cell; a value that is missing makes a sum that is. */
export function added(plane: Plane, rect: Rect, [down, across]: Pool): Float64Array {
  const [height, width] = [Math.ceil(rect.rows / down), Math.ceil(rect.cols / across)];
  const sums = new Float64Array(height * width);
  const line = lineOf(plane, rect);
  for (let row = 0; row < rect.rows; row++) addLine(sums, Math.floor(row / down) * width, line(row), across);
  return sums;
}

function addLine(sums: Float64Array, start: number, line: Float64Array, across: number): void {
  for (let col = 0, at = start; col < line.length; at++) {
    let sum = 0;
    for (const end = Math.min(line.length, col + across); col < end; col++) sum += line[col]!;
    sums[at]! += sum;
  }
}

/** Of the values that are not missing. */
function means(plane: Plane, rect: Rect, [down, across]: Pool): Float64Array {
  const [height, width] = [Math.ceil(rect.rows / down), Math.ceil(rect.cols / across)];
  const [sums, counts] = [new Float64Array(height * width), new Float64Array(height * width)];
  const line = lineOf(plane, rect);
  for (let row = 0; row < rect.rows; row++) {
    const values = line(row);
    for (let col = 0, at = Math.floor(row / down) * width; col < values.length; at++) {
      for (const end = Math.min(values.length, col + across); col < end; col++) {
        if (Number.isNaN(values[col]!)) continue;
        sums[at]! += values[col]!;
        counts[at]!++;
      }
    }
  }
  return sums.map((sum, i) => sum / counts[i]!);
}
