/** Answers what a page asks about a tensor: cells of any rectangle at any detail, a slice in numbers, a montage. */
import { ValueError } from "../../base/errors.ts";
import type { Host } from "../../tensor/host.ts";
import { BINS, histogramOf } from "../histogram.ts";
import { type Numbers, numbersOf } from "../numbers.ts";
import { outlierColumns } from "../outliers.ts";
import type { Tokens } from "../payload.ts";
import { SAMPLE, sampleOf } from "../sample.ts";
import { statisticsOf } from "../statistics.ts";
import { packed } from "./pack.ts";
import { type Axes, type Plane, planeOf, type Rect, valuesOf } from "./plane.ts";
import { type AboutQuery, type Answer, MOST_REPLY_BYTES } from "./protocol.ts";
import type {
  AboutResult,
  CellsQuery,
  CellsResult,
  MontageQuery,
  MontageResult,
  SliceQuery,
  SliceResult,
  TensorQuery,
} from "./queries.ts";
import { type Pool, reduce, squaresPerRow } from "./reduce.ts";
import { blocksFor, isSummed, reduceBlocks, squaresOfBlocks } from "./summary.ts";

/** More values than these of a slice are not looked at one by one. */
const MOST_VALUES = 1 << 22;
const MOST_FACETS = 1024;

/** A tensor with what makes the next answer faster. */
export class LiveTensor {
  readonly #host: Host;
  readonly #tokens: Tokens | undefined;
  #numbers: Numbers | undefined;

  constructor(host: Host, tokens?: Tokens) {
    this.#host = host;
    this.#tokens = tokens;
  }

  /** @throws ValueError when the question does not fit the tensor */
  answer(query: unknown): Answer {
    const asked = query as TensorQuery;
    if (asked?.ask === "about") return this.#about(asked);
    if (asked?.ask === "cells") return this.#cells(asked);
    if (asked?.ask === "slice") return this.#slice(asked);
    if (asked?.ask === "montage") return this.#montage(asked);
    throw new ValueError(`a tensor cannot be asked for ${JSON.stringify(query)}.`);
  }

  #about(_: AboutQuery): Answer<AboutResult> {
    return { result: { ...(this.#tokens && { tokens: this.#tokens }) }, buffers: [] };
  }

  #cells({ axes, rects, pool, reduce: how, wanted, squares = true }: CellsQuery): Answer<CellsResult> {
    const plane = this.#plane(axes);
    for (const rect of rects) inside(rect, plane);
    const cells = rects.reduce(
      (sum, { rows, cols }) => sum + Math.ceil(rows / pool[0]) * Math.ceil(cols / pool[1]),
      0,
    );
    const bytes = wanted.kind === "uint8" ? 1 : this.#encoding === "float64" ? 8 : 4;
    if (!(pool[0] >= 1 && pool[1] >= 1 && cells * bytes <= MOST_REPLY_BYTES))
      throw new ValueError(`${cells} cells do not fit into one message.`);
    const all = cellsOf(rects, pool[1], (rect) =>
      isSummed(plane, rect, pool)
        ? reduceBlocks(blocksFor(plane, rect, pool), rect, pool, how)
        : reduce(plane, rect, pool, how),
    );
    const buffers = rects.flatMap((rect, i) => {
      const cells = packed(all[i]!, this.#encoding, wanted);
      if (!squares) return [cells];
      const sums = isSummed(plane, rect, pool)
        ? squaresOfBlocks(blocksFor(plane, rect, pool), rect, pool[0])
        : squaresPerRow(plane, rect, pool[0]);
      return [cells, packed(sums, "float64", { kind: "float" })];
    });
    return { result: { encoding: wanted.kind === "uint8" ? "uint8" : this.#encoding }, buffers };
  }

  #slice({ axes, bins }: SliceQuery): Answer<SliceResult> {
    const plane = this.#plane(axes);
    const { values, rows, cols } = valuesOf(plane, MOST_VALUES);
    const sample = sampleOf(values, SAMPLE);
    const statistics = statisticsOf(values, sample);
    const [lo, hi] = [statistics.min ?? 0, statistics.max ?? 1];
    const range = { lo, hi: hi > lo ? hi : lo + 1, palette: "diverging" as const };
    const spread = histogramOf(
      sampleOf(values, MOST_VALUES).values,
      range,
      Math.min(512, Math.max(2, bins || BINS)),
    );
    return {
      result: {
        size: plane.rows * plane.cols,
        statistics,
        bins: spread,
        outliers: outlierColumns({ values, rows, cols, rowAxis: null, colAxis: null }),
      },
      buffers: [],
    };
  }

  #montage({ axes, facets, most, reduce: how, wanted }: MontageQuery): Answer<MontageResult> {
    const { shape } = this.#host;
    const places = facets.reduce((all, axis) => all * (shape[axis] ?? Number.NaN), 1);
    if (!(places <= MOST_FACETS)) throw new ValueError(`a montage of ${places} pictures is too many.`);
    const { rows, cols } = this.#plane(axes);
    const pool: Pool = [Math.ceil(rows / Math.max(1, most[0])), Math.ceil(cols / Math.max(1, most[1]))];
    const size = [Math.ceil(rows / pool[0]), Math.ceil(cols / pool[1])] as const;
    const cells = new Float64Array(places * size[0] * size[1]);
    const largest = new Float64Array(places);
    const bytes = wanted.kind === "uint8" ? 1 : this.#encoding === "float64" ? 8 : 4;
    if (cells.length * bytes > MOST_REPLY_BYTES)
      throw new ValueError(`${places} pictures of ${size.join(" × ")} cells do not fit into one message.`);
    for (let place = 0; place < places; place++) {
      const fixed = [...axes.fixed];
      for (let i = facets.length - 1, rest = place; i >= 0; i--) {
        fixed[facets[i]!] = rest % shape[facets[i]!]!;
        rest = Math.floor(rest / shape[facets[i]!]!);
      }
      const plane = this.#plane({ ...axes, fixed });
      const picture = reduce(plane, { row: 0, col: 0, rows, cols }, pool, how);
      cells.set(picture, place * size[0] * size[1]);
      largest[place] = largestOf(picture);
    }
    const encoding = wanted.kind === "uint8" ? "uint8" : this.#encoding;
    return {
      result: { encoding, rows: size[0], cols: size[1], pool },
      buffers: [packed(cells, this.#encoding, wanted), packed(largest, "float64", { kind: "float" })],
    };
  }

  get #encoding(): "float32" | "float64" {
    return ["float64", "int64", "int32"].includes(this.#host.dtype) ? "float64" : "float32";
  }

  #plane(axes: Axes): Plane {
    const { shape } = this.#host;
    const { rowAxis, colAxis, fixed } = axes;
    const known = (axis: number | null) => axis === null || shape[axis] !== undefined;
    const held =
      fixed.length === shape.length &&
      fixed.every((at, i) => Number.isInteger(at) && at >= 0 && at < shape[i]!);
    if (!known(rowAxis) || !known(colAxis) || !held || (rowAxis === colAxis && rowAxis !== null))
      throw new ValueError(
        `there is no slice ${JSON.stringify(axes)} of a tensor of shape [${shape.join(", ")}].`,
      );
    return planeOf((this.#numbers ??= numbersOf(this.#host)), shape, axes);
  }
}

/** The cells of each rectangle. Those beside each other are read as one, so that memory is gone through in long lines. */
function cellsOf(rects: readonly Rect[], across: number, read: (rect: Rect) => Float64Array): Float64Array[] {
  const all: Float64Array[] = [];
  for (let first = 0, last = 0; first < rects.length; first = last) {
    const { row, rows, col } = rects[first]!;
    let end = col;
    do end += rects[last++]!.cols;
    while (
      rects[last]?.row === row &&
      rects[last]!.rows === rows &&
      rects[last]!.col === end &&
      (end - col) % across === 0
    );
    const whole = read({ row, rows, col, cols: end - col });
    const width = Math.ceil((end - col) / across);
    for (const rect of rects.slice(first, last)) {
      const [from, cols] = [(rect.col - col) / across, Math.ceil(rect.cols / across)];
      const cells = new Float64Array((whole.length / width) * cols);
      for (let at = 0, line = from; at < cells.length; at += cols, line += width)
        cells.set(whole.subarray(line, line + cols), at);
      all.push(cells);
    }
  }
  return all;
}

/** The value of largest size; NaN where all are missing. */
const largestOf = (values: Float64Array): number =>
  values.reduce((most, x) => (Number.isNaN(most) || Math.abs(x) > Math.abs(most) ? x : most), Number.NaN);

function inside({ row, col, rows, cols }: Rect, plane: Plane): void {
  const whole = [row, col, rows, cols].every((n) => Number.isInteger(n) && n >= 0);
  if (!whole || row + rows > plane.rows || col + cols > plane.cols)
    throw new ValueError(
      `rows ${row} to ${row + rows} and columns ${col} to ${col + cols} are not all there.`,
    );
}
