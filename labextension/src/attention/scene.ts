/** One drawing of a head: its cells, colours and tokens. */
import type { AttentionPayload } from "nnsight-ts/display";
import type { Colour } from "../palette.ts";
import type { Cells } from "./heads.ts";

export interface Scene {
  readonly payload: AttentionPayload;
  readonly head: number;
  readonly queries: number;
  readonly keys: number;
  readonly cells: Cells;
  readonly palette: readonly Colour[];
  /** The px of the whole, and of the longer side of the matrix at most. */
  readonly main: number;
  readonly plot: number;
}

/** The token of a key. */
export const keyToken = ({ payload }: Scene, key: number): string | undefined => payload.tokens?.[key];

/** The token of a query: the queries are the last of the tokens. */
export const queryToken = ({ payload, queries, keys }: Scene, query: number): string | undefined =>
  payload.tokens?.[query + keys - queries];

/** The weight over a query and a key; the largest of some where a cell covers several. */
export const weightAt = ({ cells }: Scene, query: number, key: number): number =>
  cells.values[Math.floor(query / cells.pool) * cells.cols + Math.floor(key / cells.pool)]!;
