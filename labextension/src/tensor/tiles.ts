/** Tiles of cells: which a look needs, the ones this page holds, and a view made of them. */
import type { Axes, Rect, Reduction } from "nnsight-ts/display";
import type { CellValues } from "../cells.ts";
import type { Detail, Sides } from "./detail.ts";
import type { View } from "./view.ts";

/** How many rows and columns of cells a tile has. */
const ROWS = 32;
const COLS = 72;

export interface Tile {
  readonly cells: CellValues;
  readonly cols: number;
  /** Whether each cell came in a byte. */
  readonly isRough: boolean;
  /** By turns, for each row: the sum of the squares of its values, and how many they are; only where they were asked for. */
  readonly squares?: Float64Array;
  readonly bytes: number;
}

/** A tile by its place among those of one detail. */
export interface TilePlace {
  readonly key: string;
  /** What it covers of the slice. */
  readonly rect: Rect;
  readonly row: number;
  readonly col: number;
}

/** What tiles belong together: a tensor, a slice of it, and what a cell keeps of its values. */
export const tileFamily = (id: string, { rowAxis, colAxis, fixed }: Axes, reduce: Reduction): string =>
  [
    id,
    rowAxis,
    colAxis,
    fixed.map((at, axis) => (axis === rowAxis || axis === colAxis ? ":" : at)),
    reduce,
  ].join(" ");

export function tilesOf(family: string, { at, pool: [down, across] }: Detail, sides: Sides): TilePlace[] {
  const [height, width] = [ROWS * down, COLS * across];
  const places: TilePlace[] = [];
  for (let row = Math.floor(at.row / height); row * height < at.row + at.rows; row++) {
    for (let col = Math.floor(at.col / width); col * width < at.col + at.cols; col++) {
      const rect = {
        row: row * height,
        col: col * width,
        rows: Math.min(height, sides.rows - row * height),
        cols: Math.min(width, sides.cols - col * width),
      };
      places.push({ key: `${family} ${down} ${across} ${row} ${col}`, rect, row, col });
    }
  }
  return places;
}

export const cellsOf = ({ rect }: TilePlace, pool: Detail["pool"]): number =>
  Math.ceil(rect.rows / pool[0]) * Math.ceil(rect.cols / pool[1]);

/** The least recently used go first. */
export class TileCache {
  readonly #tiles = new Map<string, Tile>();
  #bytes = 0;

  constructor(private readonly budget: () => number) {}

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Tile | undefined {
    const tile = this.#tiles.get(key);
    if (tile) {
      this.#tiles.delete(key);
      this.#tiles.set(key, tile);
    }
    return tile;
  }

  put(key: string, tile: Tile): void {
    this.#bytes += tile.bytes - (this.#tiles.get(key)?.bytes ?? 0);
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    for (const [old, { bytes }] of this.#tiles) {
      if (this.#bytes <= this.budget() || old === key) break;
      this.#tiles.delete(old);
      this.#bytes -= bytes;
    }
  }
}

/** A tile in its place. */
export interface Placed extends TilePlace {
  readonly tile: Tile;
}

export interface Assembled {
  readonly view: View;
  /** The root mean square of the values in view of each row of cells; of use where all tiles have squares. */
  readonly rms: readonly (number | null)[];
}

export function assemble(detail: Detail, tiles: readonly Placed[]): Assembled {
  const { at, pool } = detail;
  const [rows, cols] = [Math.ceil(at.rows / pool[0]), Math.ceil(at.cols / pool[1])];
  const values = new Float64Array(rows * cols);
  const squares = new Float64Array(2 * rows);
  const [top, left] = [Math.floor(at.row / pool[0]), Math.floor(at.col / pool[1])];
  for (const { tile, row: down, col: across } of tiles) {
    const [first, start] = [down * ROWS - top, across * COLS - left];
    const height = tile.cells.length / tile.cols;
    for (let row = Math.max(0, -first); row < Math.min(height, rows - first); row++) {
      for (let col = Math.max(0, -start); col < Math.min(tile.cols, cols - start); col++)
        values[(first + row) * cols + start + col] = tile.cells[row * tile.cols + col]!;
      if (!tile.squares) continue;
      squares[2 * (first + row)]! += tile.squares[2 * row]!;
      squares[2 * (first + row) + 1]! += tile.squares[2 * row + 1]!;
    }
  }
  const rms = Array.from({ length: rows }, (_, row) =>
    squares[2 * row + 1]! > 0 ? Math.sqrt(squares[2 * row]! / squares[2 * row + 1]!) : null,
  );
  return { view: { rows, cols, values, pool, at }, rms };
}
