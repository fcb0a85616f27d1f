/** The weights of each head as cells: those that the notebook keeps, and finer ones that the kernel has. */
import type { AttentionPayload, CellsResult, TensorQuery } from "nnsight-ts/display";
import { cellsDecoder, decodePreview } from "../cells.ts";
import type { Live } from "../live/live.ts";

export interface Cells {
  readonly rows: number;
  readonly cols: number;
  /** How many queries and keys are under a cell, which shows the largest weight. */
  readonly pool: number;
  /** Row by row. */
  readonly values: Float32Array;
}

/** Heads in the page for each output; the least recently asked for goes. */
const MOST_HEADS = 24;
const MOST_REPLY_BYTES = 1_000_000;

export class Heads {
  readonly queries: number;
  readonly keys: number;
  readonly count: number;
  readonly #saved: readonly Cells[];
  readonly #exact = new Map<number, Cells>();
  readonly #asked = new Set<number>();
  #most = 1;

  constructor(
    private readonly payload: AttentionPayload,
    private readonly live: Live,
  ) {
    [this.queries, this.keys] = payload.shape.slice(-2) as [number, number];
    this.count = payload.heads.length;
    this.#saved = unpack(payload);
  }

  /** As the notebook keeps it. */
  small(head: number): Cells {
    return this.#saved[head]!;
  }

  /** The finest there is in the page. */
  best(head: number): Cells {
    return this.#exact.get(head) ?? this.small(head);
  }

  /** Asks the kernel for a head in cells that take no more than so many px; gives whether they have come. */
  async refine(head: number, px: number): Promise<boolean> {
    if (px !== this.#most) this.#exact.clear();
    this.#most = px;
    const pool = this.#poolOf(px);
    if (this.best(head).pool <= pool || !this.live.canAsk || this.#asked.has(head)) return false;
    const { shape } = this.payload;
    const rank = shape.length;
    const query: TensorQuery = {
      ask: "cells",
      axes: {
        rowAxis: rank - 2,
        colAxis: rank - 1,
        fixed: shape.map((_, axis) => (axis === rank - 3 ? head : 0)),
      },
      rects: [{ row: 0, col: 0, rows: this.queries, cols: this.keys }],
      pool: [pool, pool],
      reduce: "max",
      wanted: { kind: "float" },
      squares: false,
    };
    this.#asked.add(head);
    const reply = await this.live.ask("head", query);
    this.#asked.delete(head);
    if (reply.kind !== "result" || px !== this.#most) return false;
    const { encoding } = reply.result as CellsResult;
    const values = Float32Array.from(cellsDecoder(encoding, query.wanted)(reply.buffers[0]!));
    const [rows, cols] = [Math.ceil(this.queries / pool), Math.ceil(this.keys / pool)];
    this.#exact.set(head, { rows, cols, pool, values });
    if (this.#exact.size > MOST_HEADS) this.#exact.delete(this.#exact.keys().next().value!);
    return true;
  }

  /** The finest pool that has room on the page and in a message. */
  #poolOf(px: number): number {
    let pool = Math.max(1, Math.ceil(Math.max(this.queries, this.keys) / px));
    while (8 * Math.ceil(this.queries / pool) * Math.ceil(this.keys / pool) > MOST_REPLY_BYTES) pool++;
    return pool;
  }
}

function unpack({ preview, heads }: AttentionPayload): Cells[] {
  const { rows, cols, pool, packed } = preview;
  const kept = Float32Array.from(decodePreview(preview));
  let at = 0;
  return heads.map(() => {
    const values = new Float32Array(rows * cols);
    for (let row = 0; row < rows; row++) {
      const length = packed ? row + 1 : cols;
      values.set(kept.subarray(at, at + length), row * cols);
      at += length;
    }
    return { rows, cols, pool, values };
  });
}

/** Whether a cell is all behind the mask. */
export function isHidden(
  { pool, cols }: Cells,
  { queries, keys, causal }: { readonly queries: number; readonly keys: number; readonly causal: boolean },
  cell: number,
): boolean {
  const lastQuery = Math.min(queries, (Math.floor(cell / cols) + 1) * pool) - 1;
  return causal && (cell % cols) * pool > lastQuery + keys - queries;
}

/** The same in at most so many rows and columns; a cell takes the largest weight under it. */
export function shrunk(cells: Cells, most: number): Cells {
  const by = Math.ceil(Math.max(cells.rows, cells.cols) / Math.max(1, most));
  if (by === 1) return cells;
  const [rows, cols] = [Math.ceil(cells.rows / by), Math.ceil(cells.cols / by)];
  const values = new Float32Array(rows * cols);
  for (let i = 0; i < cells.values.length; i++) {
    const cell = Math.floor(i / cells.cols / by) * cols + Math.floor((i % cells.cols) / by);
    values[cell] = Math.max(values[cell]!, cells.values[i]!);
  }
  return { rows, cols, pool: cells.pool * by, values };
}
