/** Where the cells of a look come from: tiles that this page has, and those it asks of the kernel. */
import type { Axes, CellsResult, Reduction, TensorQuery } from "nnsight-ts/display";
import { copied, decodeCells } from "../cells.ts";
import type { Live } from "../live/live.ts";
import { settings } from "../settings.ts";
import type { Detail, Sides } from "./detail.ts";
import {
  type Assembled,
  assemble,
  cellsOf,
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
  /** While a slider moves, a byte for each cell is enough. */
  readonly rough?: { readonly lo: number; readonly hi: number };
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

  /** What this page already has, if that is all of it: exact cells before rough ones. */
  find(sought: Sought): (Assembled & { readonly isRough: boolean }) | undefined {
    const family = tileFamily(this.id, sought.axes, sought.reduce);
    const places = tilesOf(family, sought.detail, sought.sides);
    const exact = assemble(sought.detail, places, ({ key }) => held(key, sought));
    if (exact) return { ...exact, isRough: false };
    const rough = assemble(
      sought.detail,
      places,
      ({ key }) => held(key, sought) ?? held(`${key} rough`, sought),
    );
    return rough && { ...rough, isRough: true };
  }

  /** Asks for what is missing, in as few messages as it fits into; tells when some of it has come. */
  async fetch(slot: string, sought: Sought): Promise<boolean> {
    const { axes, detail, sides, reduce, rough, margin } = sought;
    const places = tilesOf(tileFamily(this.id, axes, reduce), detail, sides).filter(
      ({ key }) =>
        !held(key, sought) && !(rough && (held(`${key} rough`, sought) || this.#coming.has(`${key} rough`))),
    );
    const asked = `${rough ? "rough" : "exact"} ${margin} ${places.map(({ key }) => key).join()}`;
    if (places.length === 0 || this.#asked.get(slot) === asked) return false;
    this.#asked.set(slot, asked);
    const bytes = rough ? 1 : this.isWide ? 8 : 4;
    const messages = inMessages(places, (place) => cellsOf(place, detail.pool) * bytes);
    const came = await Promise.all(messages.map((some, i) => this.#ask(`${slot} ${i}`, sought, some, bytes)));
    if (this.#asked.get(slot) === asked) this.#asked.delete(slot);
    return came.includes(true);
  }

  async #ask(slot: string, sought: Sought, places: readonly TilePlace[], bytes: number): Promise<boolean> {
    const { axes, detail, reduce, rough, margin } = sought;
    const query: TensorQuery = {
      ask: "cells",
      axes,
      rects: places.map(({ rect }) => rect),
      pool: detail.pool,
      reduce,
      wanted: rough ? { kind: "uint8", ...rough } : { kind: "float" },
      squares: margin,
    };
    const names = places.map(({ key }) => (rough ? `${key} rough` : key));
    for (const name of names) this.#coming.add(name);
    const reply = await this.live.ask(slot, query);
    for (const name of names) this.#coming.delete(name);
    if (reply.kind !== "result") return false;
    const { encoding } = reply.result as CellsResult;
    const each = reply.buffers.length / places.length; // an older kernel sends squares whatever is asked
    places.forEach((place, i) => {
      const [first, sums] = reply.buffers.slice(each * i, each * (i + 1));
      const cells = decodeCells(first!, encoding, query.wanted);
      const squares = sums && new Float64Array(copied(sums));
      const cols = Math.ceil(place.rect.cols / detail.pool[1]);
      cache.put(names[i]!, {
        cells,
        cols,
        ...(squares && { squares }),
        bytes: bytes * cells.length + 200,
      });
    });
    return true;
  }
}

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
