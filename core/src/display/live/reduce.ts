/// <reference lib="es2025.float16" />
/** A rectangle of a plane in cells: what each cell keeps of the values under it. */
import type { Numbers } from "../numbers.ts";
import { largestHalves, squaresOfHalves } from "./halves.ts";
import type { Plane, Rect } from "./plane.ts";

/** The value of largest size (with its sign), the mean, the smallest, the largest. */
export type Reduction = "absmax" | "mean" | "min" | "max";

export type Pool = readonly [rows: number, cols: number];

/** Folds one line of values into a line of cells. */
type Fold = (cells: Float64Array, at: number, values: Numbers, line: Line) => void;

interface Line {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
  readonly across: number;
}

/** Row by row; NaN where all values under a cell are. */
export function reduce(plane: Plane, rect: Rect, [down, across]: Pool, how: Reduction): Float64Array {
  const [height, width] = [Math.ceil(rect.rows / down), Math.ceil(rect.cols / across)];
  const { values, rowStride, colStride: stride } = plane;
  const origin = plane.start + rect.row * rowStride + rect.col * stride;
  const cells = new Float64Array(height * width);
  if (down === 1 && across === 1) {
    for (let row = 0, at = 0; row < height; row++) {
      const start = origin + row * rowStride;
      for (let col = 0; col < width; col++) cells[at++] = values[start + col * stride]!;
    }
    return cells;
  }
  if (how === "mean") return means(cells, plane, rect, down, across);
  if (how === "absmax" && isHalf(values) && largestHalves(cells, values, plane, rect, [down, across]))
    return cells;
  cells.fill(Number.NaN);
  const fold = folds[how];
  for (let row = 0; row < rect.rows; row++) {
    const line = { start: origin + row * rowStride, stride, count: rect.cols, across };
    fold(cells, Math.floor(row / down) * width, values, line);
  }
  return cells;
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

const folds: Record<Exclude<Reduction, "mean">, Fold> = {
  absmax(cells, at, values, { start, stride, count, across }) {
    for (let col = 0; col < count; at++) {
      let kept = cells[at]!;
      let size = !Number.isNaN(kept) ? Math.abs(kept) : -1;
      for (const end = Math.min(count, col + across); col < end; col++) {
        const value = values[start + col * stride]!;
        const own = value < 0 ? -value : value;
        if (own > size) {
          size = own;
          kept = value;
        }
      }
      cells[at] = kept;
    }
  },
  min(cells, at, values, { start, stride, count, across }) {
    for (let col = 0; col < count; at++) {
      let kept = cells[at]!;
      for (const end = Math.min(count, col + across); col < end; col++) {
        const value = values[start + col * stride]!;
        if (value < kept || Number.isNaN(kept)) kept = value;
      }
      cells[at] = kept;
    }
  },
  max(cells, at, values, { start, stride, count, across }) {
    for (let col = 0; col < count; at++) {
      let kept = cells[at]!;
      for (const end = Math.min(count, col + across); col < end; col++) {
        const value = values[start + col * stride]!;
        if (value > kept || Number.isNaN(kept)) kept = value;
      }
      cells[at] = kept;
    }
  },
};

/** Of the values that are not missing. */
function means(sums: Float64Array, plane: Plane, rect: Rect, down: number, across: number): Float64Array {
  const { values, rowStride, colStride } = plane;
  const counts = new Float64Array(sums.length);
  const width = Math.ceil(rect.cols / across);
  for (let row = 0; row < rect.rows; row++) {
    const start = plane.start + (rect.row + row) * rowStride + rect.col * colStride;
    let at = Math.floor(row / down) * width;
    for (let col = 0; col < rect.cols; at++) {
      let [sum, count] = [0, 0];
      for (const end = Math.min(rect.cols, col + across); col < end; col++) {
        const value = values[start + col * colStride]!;
        if (Number.isNaN(value)) continue;
        sum += value;
        count++;
      }
      sums[at]! += sum;
      counts[at]! += count;
    }
  }
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! / counts[i]!;
  return sums;
}
