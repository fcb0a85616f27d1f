/** Reads strips of eight rows four columns at once: what is known of each block of 8 by 4, and of all values together. */
import type { Numbers } from "../numbers.ts";
import type { Seen } from "../seen.ts";
import {
  type Code,
  choose,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i32x4,
  localsOf,
  moduleOf,
  repeat,
  TYPES,
  v128,
} from "./assembly.ts";
import { instanceOf, isSingle, type Memory } from "./vectors.ts";

/** The rows and columns of a block. */
const [DOWN, ACROSS] = [8, 4];

/** The most columns of a strip. */
export const WIDEST = 4096;

/** Where things lie in the module's memory: what is known of all values, of each block, and the values. */
const TOTALS = { sum: 0, squares: 16, zero: 32, min: 48, max: 64 };
const BLOCKS = 128;
const BYTES_OF_LINE = (WIDEST / ACROSS) * 4;
const VALUES = BLOCKS + 4 * BYTES_OF_LINE;

const params = { from: TYPES.i32, stride: TYPES.i32, blocks: TYPES.i32, to: TYPES.i32, shift: TYPES.f64 };
const locals = {
  ...{ row: TYPES.i32, odd: TYPES.i32, total: TYPES.f64, sum: TYPES.f64, x: TYPES.v128, half: TYPES.v128 },
  // Of a block.
  ...{ low: TYPES.v128, high: TYPES.v128, left: TYPES.v128, right: TYPES.v128, squares: TYPES.v128 },
  ...{ leftSpread: TYPES.v128, rightSpread: TYPES.v128, zero: TYPES.v128 },
  // Of all.
  ...{ shifts: TYPES.v128, lowest: TYPES.v128, highest: TYPES.v128, spread: TYPES.v128, zeros: TYPES.v128 },
};
const { $, put } = localsOf({ ...params, ...locals });

const everywhere = (x: number): Code => f32x4.splat(f32.const(x));

type Local = keyof typeof params | keyof typeof locals;

/** Two of the four values: they and the squares of their distances from the shift are added up in float64. */
const addHalf = (sum: Local, spread: Local, values: Code): Code => [
  ...put("half", f64x2.promote(values)),
  ...put(sum, f64x2.add($(sum), $("half"))),
  ...put("half", f64x2.sub($("half"), $("shifts"))),
  ...put(spread, f64x2.add($(spread), f64x2.mul($("half"), $("half")))),
];

const addRow: Code = [
  ...put("x", v128.load($("row"))),
  ...put("low", f32x4.min($("low"), $("x"))),
  ...put("high", f32x4.max($("high"), $("x"))),
  ...put("squares", f32x4.add($("squares"), f32x4.mul($("x"), $("x")))),
  ...put("zero", i32x4.sub($("zero"), f32x4.equals($("x"), v128.zero))), // what is true is -1
  ...addHalf("left", "leftSpread", $("x")),
  ...addHalf("right", "rightSpread", v128.loadHalf($("row"), 8)),
  ...put("row", i32.add($("row"), $("stride"))),
];

const halves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const pairs = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];

/** One of four: what the operation makes of all. */
const across = (name: Local, op: (a: Code, b: Code) => Code): Code => {
  const both = (bytes: Code) => put(name, op($(name), v128.shuffle($(name), $(name), bytes)));
  return [...both(halves), ...both(pairs)];
};

const first = (name: Local): Code => f32x4.lane($(name), 0);

/** A block whose sum is finite counts; of another one, which is left to others, the smallest value is missing. */
const addBlock: Code = choose(
  f64.equals(f64.sub($("total"), $("total")), f64.const(0)),
  [
    ...put("sum", f64.add($("sum"), $("total"))),
    ...put("spread", f64x2.add(f64x2.add($("spread"), $("leftSpread")), $("rightSpread"))),
    ...put("zeros", i32x4.add($("zeros"), $("zero"))),
    ...put("lowest", f32x4.min($("lowest"), $("low"))),
    ...put("highest", f32x4.max($("highest"), $("high"))),
    ...across("low", f32x4.min),
    ...across("high", f32x4.max),
    ...across("squares", f32x4.add),
    ...f32.store($("to"), first("low")),
    ...f32.store($("to"), first("high"), BYTES_OF_LINE),
    ...f32.store($("to"), f32.demote($("total")), 2 * BYTES_OF_LINE),
    ...f32.store($("to"), first("squares"), 3 * BYTES_OF_LINE),
  ],
  [...put("odd", i32.add($("odd"), i32.const(1))), ...f32.store($("to"), f32.const(Number.NaN))],
);

const block: Code = [
  ...put("low", everywhere(Infinity)),
  ...put("high", everywhere(-Infinity)),
  ...(["left", "right", "squares", "leftSpread", "rightSpread", "zero"] as const).flatMap((name) =>
    put(name, v128.zero),
  ),
  ...put("row", $("from")),
  ...Array.from({ length: DOWN }, () => addRow).flat(),
  ...put("half", f64x2.add($("left"), $("right"))),
  ...put("total", f64.add(f64x2.lane($("half"), 0), f64x2.lane($("half"), 1))),
  ...addBlock,
  ...put("from", i32.add($("from"), i32.const(16))),
  ...put("to", i32.add($("to"), i32.const(4))),
  ...put("blocks", i32.sub($("blocks"), i32.const(1))),
];

const code: Code = [
  ...put("shifts", f64x2.splat($("shift"))),
  ...put("lowest", everywhere(Infinity)),
  ...put("highest", everywhere(-Infinity)),
  ...repeat(block, $("blocks")),
  ...f64.store(i32.const(TOTALS.sum), $("sum")),
  ...v128.store(i32.const(0), $("spread"), TOTALS.squares),
  ...v128.store(i32.const(0), $("zeros"), TOTALS.zero),
  ...v128.store(i32.const(0), $("lowest"), TOTALS.min),
  ...v128.store(i32.const(0), $("highest"), TOTALS.max),
  ...$("odd"),
];

type Run = (from: number, stride: number, blocks: number, to: number, shift: number) => number;

/** What is known of blocks side by side. */
export interface Line {
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly sum: Float32Array;
  readonly squares: Float32Array;
  /** How many have a value that is not finite; their `min` is NaN, and nothing else is told of them. */
  readonly odd: number;
}

export class StripReader {
  constructor(private readonly module: Memory & { readonly run: Run }) {}

  /**
   * Eight rows of `cols` columns, a multiple of 4 and at most `WIDEST`. All values are added to what was `seen`; the
   * result is there until the next strip.
   */
  read(values: Numbers, start: number, rowStride: number, cols: number, seen: Seen): Line {
    const { singles, run } = this.module;
    if (rowStride === cols) singles.set(values.subarray(start, start + DOWN * cols), VALUES / 4);
    else
      for (let row = 0, at = start; row < DOWN; row++, at += rowStride)
        singles.set(values.subarray(at, at + cols), VALUES / 4 + row * cols);
    const blocks = cols / ACROSS;
    const odd = run(VALUES, 4 * cols, blocks, BLOCKS, seen.shift);
    this.#tell(seen, DOWN * ACROSS * (blocks - odd));
    const line = (i: number) => {
      const from = (BLOCKS + i * BYTES_OF_LINE) / 4;
      return singles.subarray(from, from + blocks);
    };
    const found = { min: line(0), max: line(1), sum: line(2), squares: line(3), odd };
    for (let block = 0; odd > 0 && block < blocks; block++) {
      if (!Number.isNaN(found.min[block]!)) continue;
      for (let row = 0, at = start + block * ACROSS; row < DOWN; row++, at += rowStride)
        seen.add(values, at, at + ACROSS);
    }
    return found;
  }

  #tell(seen: Seen, count: number): void {
    const { singles, doubles, words } = this.module;
    const squares = doubles[TOTALS.squares / 8]! + doubles[TOTALS.squares / 8 + 1]!;
    seen.addSums(doubles[TOTALS.sum / 8]! - count * seen.shift, squares);
    for (let lane = 0; lane < 4; lane++) {
      seen.zero += words[TOTALS.zero / 4 + lane]!;
      seen.reach(singles[TOTALS.min / 4 + lane]!, singles[TOTALS.max / 4 + lane]!);
    }
  }
}

let reader: StripReader | undefined | null;

/** `undefined` where code may not be made while a program runs, or numbers have more digits than float32. */
export function stripReader(values: Numbers): StripReader | undefined {
  if (!isSingle(values)) return undefined;
  if (reader === undefined) {
    const module = instanceOf<Run>(
      moduleOf({
        params,
        locals,
        result: TYPES.i32,
        code,
        pages: Math.ceil((VALUES + 4 * DOWN * WIDEST) / 2 ** 16),
      }),
    );
    reader = module && new StripReader(module);
  }
  return reader ?? undefined;
}
