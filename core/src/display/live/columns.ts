/** The smallest and the largest of each column of some rows, four columns at once; what is missing counts for nothing. */
import type { Numbers } from "../numbers.ts";
import { type Code, f32x4, i32, localsOf, moduleOf, repeat, TYPES, v128 } from "./assembly.ts";
import { instanceOf, isSingle, type Memory } from "./vectors.ts";

/** The most columns, and the most rows at once. */
const WIDEST = 4096;
const ROWS = 8;

/** Where things lie in the module's memory. */
const LOW = 0;
const HIGH = 4 * WIDEST;
const VALUES = 8 * WIDEST;

const params = { from: TYPES.i32, stride: TYPES.i32, rows: TYPES.i32, vectors: TYPES.i32 };
const locals = {
  ...{ at: TYPES.i32, left: TYPES.i32, to: TYPES.i32 },
  ...{ x: TYPES.v128, low: TYPES.v128, high: TYPES.v128 },
};
const { $, put } = localsOf({ ...params, ...locals });

/** A value that is missing is neither smaller nor larger than another. */
const row: Code = [
  ...put("x", v128.load($("at"))),
  ...put("low", f32x4.min($("low"), $("x"))),
  ...put("high", f32x4.max($("high"), $("x"))),
  ...put("at", i32.add($("at"), $("stride"))),
  ...put("left", i32.sub($("left"), i32.const(1))),
];

const fourColumns: Code = [
  ...put("low", v128.load($("to"), LOW)),
  ...put("high", v128.load($("to"), HIGH)),
  ...put("at", $("from")),
  ...put("left", $("rows")),
  ...repeat(row, $("left")),
  ...v128.store($("to"), $("low"), LOW),
  ...v128.store($("to"), $("high"), HIGH),
  ...put("from", i32.add($("from"), i32.const(16))),
  ...put("to", i32.add($("to"), i32.const(16))),
  ...put("vectors", i32.sub($("vectors"), i32.const(1))),
];

type Run = (from: number, stride: number, rows: number, vectors: number) => void;

let made: (Memory & { readonly run: Run }) | undefined | null;

function columns(): Exclude<typeof made, undefined> {
  if (made === undefined)
    made = instanceOf<Run>(
      moduleOf({
        params,
        locals,
        code: repeat(fourColumns, $("vectors")),
        pages: Math.ceil((VALUES + 4 * ROWS * WIDEST) / 2 ** 16),
      }),
    );
  return made;
}

/** Puts them into two lines; false where numbers have more digits than float32, or no such code can be made. */
export function extremesOfColumns(
  [low, high]: readonly [Float64Array, Float64Array],
  values: Numbers,
  start: number,
  rowStride: number,
  rows: number,
): boolean {
  const vectors = isSingle(values) ? columns() : null;
  if (!vectors) return false;
  const { singles, run } = vectors;
  for (let col = 0; col < low.length; col += WIDEST) {
    const cols = Math.min(WIDEST, low.length - col);
    const padded = Math.ceil(cols / 4) * 4;
    singles.fill(Infinity, LOW / 4, LOW / 4 + padded);
    singles.fill(-Infinity, HIGH / 4, HIGH / 4 + padded);
    for (let row = 0; row < rows; row += ROWS) {
      const some = Math.min(ROWS, rows - row);
      for (let i = 0, at = start + row * rowStride + col; i < some; i++, at += rowStride)
        singles.set(values.subarray(at, at + cols), VALUES / 4 + i * padded);
      run(VALUES, 4 * padded, some, padded / 4);
    }
    low.set(singles.subarray(LOW / 4, LOW / 4 + cols), col);
    high.set(singles.subarray(HIGH / 4, HIGH / 4 + cols), col);
  }
  return true;
}
