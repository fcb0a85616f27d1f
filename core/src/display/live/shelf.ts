/** Keeps what is shown within reach of the page: by id, within a budget of bytes, least recently used go first. */
import type { Answer } from "./protocol.ts";

/** Answers a question about a thing. @throws when the question makes no sense for it */
export type Answering<Thing> = (thing: Thing, query: unknown) => Answer;

interface Place {
  /** What went to make room can still be shown for as long as the user holds it. */
  readonly held: WeakRef<object>;
  readonly bytes: number;
  readonly answer: (thing: object, query: unknown) => Answer;
}

const MOST_PLACES = 10_000;

export class Shelf {
  readonly #places = new Map<string, Place>();
  /** From the least to the most recently used. */
  readonly #kept = new Map<string, object>();
  readonly #ids = new WeakMap<object, string>();
  #bytes = 0;

  constructor(private readonly budget: number) {}

  /** The id of a thing from now on; the same thing always has the same. */
  keep<Thing extends object>(thing: Thing, bytes: number, answer: Answering<Thing>): string {
    const id = this.#ids.get(thing) ?? crypto.randomUUID();
    this.#ids.set(thing, id);
    this.#places.set(id, { held: new WeakRef(thing), bytes, answer: answer as Place["answer"] });
    for (const old of this.#places.keys()) {
      if (this.#places.size <= MOST_PLACES) break;
      this.#places.delete(old);
    }
    this.#use(id, thing, bytes);
    return id;
  }

  /** The id of a thing that has been kept once. */
  idOf(thing: object): string | undefined {
    return this.#ids.get(thing);
  }

  /** The ids of what is kept for the page alone, the least recently used first. */
  get kept(): Iterable<string> {
    return this.#kept.keys();
  }

  /** `undefined` when there is no such thing any more. */
  answer(id: string, query: unknown): Answer | undefined {
    const place = this.#places.get(id);
    const thing = place?.held.deref();
    if (!place || !thing) return undefined;
    this.#use(id, thing, place.bytes);
    return place.answer(thing, query);
  }

  #use(id: string, thing: object, bytes: number): void {
    if (this.#kept.delete(id)) this.#bytes -= bytes;
    this.#kept.set(id, thing);
    this.#bytes += bytes;
    for (const old of this.#kept.keys()) {
      if (this.#bytes <= this.budget || old === id) break;
      this.#kept.delete(old);
      this.#bytes -= this.#places.get(old)?.bytes ?? 0;
    }
  }
}

/** Where a kernel that can answer a page finds who knows the answers; without such a kernel nothing is kept. */
const registered = Symbol.for("nnsight.live");

const BUDGET = 1 << 30;
let shelf: Shelf | undefined;

/** The shelf of this process, if somebody may ask for what is on it. */
export function shelfOfProcess(): Shelf | undefined {
  const shelves = (globalThis as { [registered]?: Shelf[] })[registered];
  if (shelves && !shelf) shelves.push((shelf = new Shelf(BUDGET)));
  return shelf;
}
