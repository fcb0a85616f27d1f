/** Where the cells of a look come from: tiles that this page has, and those it asks of the kernel. */
import type { Axes, CellsResult, Reduction, TensorQuery, Wanted } from "nnsight-ts/display";
import { cellsDecoder, copied } from "../cells.ts";
import type { Live } from "../live/live.ts";
import { settings } from "../settings.ts";
import type { Detail, Sides } from "./detail.ts";
import {
  type Assembled,
  assemble,
  cellsOf,
  type Placed,
  type Tile,
  TileCache,
  type TilePlace,
  tileFamily,
  tilesOf,
} from "./tiles.ts";

/** All tensors of a page share what it may hold. */
const cache = new TileCache(() => settings().cache * 1e6);

const MOST_REPLY_BYTES = 1_000_000;

export interface Sought {
  readonly axes: Axes;
  readonly detail: Detail;
  readonly sides: Sides;
  readonly reduce: Reduction;
  /** Whether the size of each row is drawn beside the cells. */
  readonly margin: boolean;
  /** A byte for each cell, a step of this range, may stand in for exact ones. */
  readonly rough?: Steps;
}

export interface Steps {
  readonly lo: number;
  readonly hi: number;
}

export interface Found extends Assembled {
  readonly tiles: readonly Placed[];
  readonly isRough: boolean;
}

export class Source {
  readonly #asked = new Map<string, string>();
  /** Tiles that are under way, in whatever slot. */
  readonly #coming = new Set<string>();

  constructor(
    private readonly id: string,
    private readonly live: Live,
    private readonly isWide: boolean,
  ) {}

  /** What this page already has, if that is all of it: exact cells before rough ones; `last` itself if it is still that. */
  find(sought: Sought, last?: Found): Found | undefined {
    const { detail } = sought;
    const tiles: Placed[] = [];
    for (const place of this.#places(sought)) {
      const tile =
        held(place.key, sought) ?? (sought.rough && held(roughly(place.key, sought.rough), sought));
      if (!tile) return undefined;
      tiles.push({ ...place, tile });
    }
    if (last && isSameView(last, detail) && isSameTiles(last.tiles, tiles)) return last;
    return { ...assemble(detail, tiles), tiles, isRough: tiles.some(({ tile }) => tile.isRough) };
  }

  /**
   * Asks for what is missing, exactly or in as many steps as a byte has, in as few messages as it fits into; tells when
   * some of it has come.
   */
  async fetch(slot: string, sought: Sought, rough?: Steps): Promise<boolean> {
    const { margin, detail } = sought;
    const isThere = (key: string) => held(key, sought) || this.#coming.has(key);
    const places = this.#places(sought).filter(
      ({ key }) => !held(key, sought) && !(rough && isThere(roughly(key, rough))),
    );
    const asked = `${rough ? "rough" : "exact"} ${margin} ${places.map(({ key }) => key).join()}`;
    if (places.length === 0 || this.#asked.get(slot) === asked) return false;
    this.#asked.set(slot, asked);
    const wanted: Wanted = rough ? { kind: "uint8", ...rough } : { kind: "float" };
    const bytes = rough ? 1 : this.isWide ? 8 : 4;
    const messages = inMessages(places, (place) => cellsOf(place, detail.pool) * bytes);
    const came = await Promise.all(
      messages.map((some, i) => this.#ask(`${slot} ${i}`, sought, some, wanted)),
    );
    if (this.#asked.get(slot) === asked) this.#asked.delete(slot);
    return came.includes(true);
  }

  async #ask(slot: string, sought: Sought, places: readonly TilePlace[], wanted: Wanted): Promise<boolean> {
    const { axes, detail, reduce, margin } = sought;
    const rects = places.map(({ rect }) => rect);
    const query: TensorQuery = {
      ask: "cells",
      axes,
      rects,
      pool: detail.pool,
      reduce,
      wanted,
      squares: margin,
    };
    const isRough = wanted.kind === "uint8";
    const names = places.map(({ key }) => (isRough ? roughly(key, wanted) : key));
    for (const name of names) this.#coming.add(name);
    const reply = await this.live.ask(slot, query);
    for (const name of names) this.#coming.delete(name);
    if (reply.kind !== "result") return false;
    const decoded = cellsDecoder((reply.result as CellsResult).encoding, wanted);
    const each = reply.buffers.length / places.length; // an older kernel sends squares whatever is asked
    places.forEach((place, i) => {
      const [first, sums] = reply.buffers.slice(each * i, each * (i + 1));
      const cells = decoded(first!);
      const squares = sums && new Float64Array(copied(sums));
      const cols = Math.ceil(place.rect.cols / detail.pool[1]);
      const bytes = cells.byteLength + 200;
      cache.put(names[i]!, { cells, cols, isRough, ...(squares && { squares }), bytes });
    });
    return true;
  }

  #places({ axes, detail, sides, reduce }: Sought): TilePlace[] {
    return tilesOf(tileFamily(this.id, axes, reduce), detail, sides);
  }
}

const roughly = (key: string, { lo, hi }: Steps): string => `${key} rough ${lo} ${hi}`;

const isSameView = ({ view }: Found, { at, pool }: Detail): boolean =>
  (["row", "col", "rows", "cols"] as const).every((side) => view.at[side] === at[side]) &&
  view.pool[0] === pool[0] &&
  view.pool[1] === pool[1];

const isSameTiles = (a: readonly Placed[], b: readonly Placed[]): boolean =>
  a.length === b.length && a.every(({ tile }, i) => tile === b[i]!.tile);

/** A tile that has what is looked at. */
function held(key: string, { margin }: Sought): Tile | undefined {
  const tile = cache.get(key);
  return margin && !tile?.squares ? undefined : tile;
}

/** Places in as many messages as their replies need; the one that is too large alone is asked for all the same. */
function inMessages(
  places: readonly TilePlace[],
  bytesOf: (place: TilePlace) => number,
): readonly (readonly TilePlace[])[] {
  const messages: TilePlace[][] = [];
  let room = 0;
  for (const place of places) {
    room -= bytesOf(place);
    if (room < 0) {
      messages.push([]);
      room = MOST_REPLY_BYTES - bytesOf(place);
    }
    messages.at(-1)!.push(place);
  }
  return messages;
}
