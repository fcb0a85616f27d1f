/** What a page may ask about a tensor, and what it gets. */

import type { Tokens } from "../payload.ts";
import type { Statistics } from "../statistics.ts";
import type { Axes, Rect } from "./plane.ts";
import type { AboutQuery } from "./protocol.ts";
import type { Reduction } from "./reduce.ts";

/** The bytes of a number: as it is, or a 255th of a colour range, where 0 is a missing value and 1 the low end. */
export type CellEncoding = "float32" | "float64" | "uint8";

/** `float` is exact for every dtype but int64 beyond 2^53. */
export type Wanted =
  | { readonly kind: "float" }
  | { readonly kind: "uint8"; readonly lo: number; readonly hi: number };

export interface AboutResult {
  readonly tokens?: Tokens;
}

/** Some rectangles in cells. Answered, for each in order, by one buffer of cells and, where wanted, one of squares per row. */
export interface CellsQuery {
  readonly ask: "cells";
  readonly axes: Axes;
  readonly rects: readonly Rect[];
  readonly pool: readonly [rows: number, cols: number];
  readonly reduce: Reduction;
  readonly wanted: Wanted;
  /** Whether the sums of squares of the rows come too, from which a figure draws its margin; they do if nothing is said. */
  readonly squares?: boolean;
}

export interface CellsResult {
  readonly encoding: CellEncoding;
}

/** What is said of one slice in a line, and how its values are spread from the smallest to the largest. */
export interface SliceQuery {
  readonly ask: "slice";
  readonly axes: Axes;
  readonly bins: number;
}

export interface SliceResult {
  /** How many values the slice has; statistics and bins may be of some of them, evenly spread. */
  readonly size: number;
  readonly statistics: Statistics;
  readonly bins: readonly number[];
  readonly outliers: readonly number[];
}

/**
 * All places along one or two dimensions, each a small picture. Answered by one buffer, picture after picture, and one of
 * the value of largest size in each, as float64.
 */
export interface MontageQuery {
  readonly ask: "montage";
  readonly axes: Axes;
  readonly facets: readonly number[];
  /** How many rows and columns of cells a picture may have. */
  readonly most: readonly [rows: number, cols: number];
  readonly reduce: Reduction;
  readonly wanted: Wanted;
}

export interface MontageResult {
  readonly encoding: CellEncoding;
  readonly rows: number;
  readonly cols: number;
  readonly pool: readonly [rows: number, cols: number];
}

/** The tensor as a notebook would keep it; answered by a `TensorPayload`. */
export interface ShowQuery {
  readonly ask: "show";
}

export type TensorQuery = AboutQuery | CellsQuery | SliceQuery | MontageQuery;
