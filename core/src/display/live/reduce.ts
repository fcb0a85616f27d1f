/// <reference lib="es2025.float16" />
/** A rectangle of a plane in cells: what each cell keeps of the values under it. */
import type { Numbers } from "../numbers.ts";
import { extremesOfColumns } from "./columns.ts";
import { largestHalves, squaresOfHalves } from "./halves.ts";
import type { Plane, Rect } from "./plane.ts";

/** The value of largest size (with its sign), the mean, the smallest, the largest. */
export type Reduction = "absmax" | "mean" | "min" | "max";

export type Pool = readonly [rows: number, cols: number];

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
  if (down === 1 && across === 1) {
    const line = lineOf(plane, rect);
    for (let row = 0; row < height; row++) cells.set(line(row), row * width);
    return cells;
  }
  if (how === "mean") return means(plane, rect, [down, across]);
  return extremes([plane, plane], rect, [down, across], how);
}

/** Cells of the smallest values of one plane and the largest of another, which differ in their values alone. */
export function extremes(
  [lows, highs]: readonly [low: Plane, high: Plane],
  rect: Rect,
  [down, across]: Pool,
  how: Exclude<Reduction, "mean">,
): Float64Array {
  const [height, width] = [Math.ceil(rect.rows / down), Math.ceil(rect.cols / across)];
  const cells = new Float64Array(height * width);
  const [low, high, spare] = Array.from({ length: 3 }, () => new Float64Array(rect.cols)) as Three;
  const [readLows, readHighs] = [extremesIn(lows, rect), extremesIn(highs, rect)];
  for (let row = 0, top = 0; row < height; row++, top += down) {
    const rows = Math.min(down, rect.rows - top);
    if (lows === highs) readLows([low, high], top, rows);
    else {
      readLows([low, spare], top, rows);
      readHighs([spare, high], top, rows);
    }
    settle(cells.subarray(row * width, (row + 1) * width), [low, high], across, how);
  }
  return cells;
}

type Three = [Float64Array, Float64Array, Float64Array];
type Lines = readonly [low: Float64Array, high: Float64Array];

/** Puts the smallest and the largest of each column of some rows of a rectangle into two lines. */
function extremesIn(plane: Plane, rect: Rect): (lines: Lines, top: number, rows: number) => void {
  const line = lineOf(plane, rect);
  const { values, rowStride, colStride } = plane;
  const origin = plane.start + rect.row * rowStride + rect.col;
  return (lines, top, rows) => {
    if (colStride === 1 && extremesOfColumns(lines, values, origin + top * rowStride, rowStride, rows))
      return;
    lines[0].fill(Infinity);
    lines[1].fill(-Infinity);
    for (let row = top; row < top + rows; row++) extend(lines, line(row));
  };
}

function extend([low, high]: Lines, line: Float64Array): void {
  for (let i = 0; i < line.length; i++) {
    const value = line[i]!;
    if (value < low[i]!) low[i] = value;
    if (value > high[i]!) high[i] = value;
  }
}

/** Cells of so many columns each, of which the smallest and the largest are known; where all is missing they are ±∞. */
function settle(cells: Float64Array, [low, high]: Lines, across: number, how: Reduction): void {
  for (let cell = 0, col = 0; cell < cells.length; cell++) {
    let least = Infinity;
    let most = -Infinity;
    for (const end = Math.min(low.length, col + across); col < end; col++) {
      if (low[col]! < least) least = low[col]!;
      if (high[col]! > most) most = high[col]!;
    }
    const isLow = how === "min" || (how === "absmax" && Math.abs(least) > Math.abs(most));
    cells[cell] = least > most ? Number.NaN : isLow ? least : most;
  }
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

/** The sums of the values under each cell; a value that is missing makes a sum that is. */
export function added(plane: Plane, rect: Rect, [down, across]: Pool): Float64Array {
  const [height, width] = [Math.ceil(rect.rows / down), Math.ceil(rect.cols / across)];
  const sums = new Float64Array(height * width);
  const columns = new Float64Array(rect.cols);
  const line = lineOf(plane, rect);
  for (let row = 0; row < height; row++) {
    columns.set(line(row * down));
    for (let i = row * down + 1; i < Math.min(rect.rows, (row + 1) * down); i++) addLine(columns, line(i));
    addColumns(sums.subarray(row * width, (row + 1) * width), columns, across);
  }
  return sums;
}

function addLine(columns: Float64Array, line: Float64Array): void {
  for (let col = 0; col < line.length; col++) columns[col]! += line[col]!;
}

function addColumns(sums: Float64Array, columns: Float64Array, across: number): void {
  for (let cell = 0, col = 0; cell < sums.length; cell++) {
    let sum = 0;
    for (const end = Math.min(columns.length, col + across); col < end; col++) sum += columns[col]!;
    sums[cell] = sum;
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
