/** Which models a worker is to hold: what others wait for longest comes in, what nobody needs makes room. */

/** A model that a worker holds. */
export interface Held {
  readonly model: string;
  readonly bytes: number;
  /** Seconds since it was loaded, and since its last run ended. */
  readonly age: number;
  readonly idle: number;
  /** Whether it runs something. */
  readonly busy: boolean;
  /** Whether its administrator wants it kept. */
  readonly kept: boolean;
}

/** The jobs that wait for a model. */
export interface Queue {
  readonly count: number;
  /** Seconds that the first one has waited. */
  readonly oldest: number;
}

export interface Situation {
  readonly held: readonly Held[];
  /** Models that the worker may hold. */
  readonly may: readonly string[];
  /** Bytes of models that it may hold at once. */
  readonly room: number;
  readonly queues: ReadonlyMap<string, Queue>;
  /** Bytes of each model. */
  readonly sizes: ReadonlyMap<string, number>;
  /** How many other workers hold each model, or are loading it. */
  readonly others: ReadonlyMap<string, number>;
  /** Seconds that a model stays at least. Default 30. */
  readonly stay?: number;
}

export interface Orders {
  readonly load?: string;
  readonly evict: readonly string[];
}

/** Seconds that a model stays at least, where nothing else is said. */
export const residency = 30;

/** Seconds of waiting from which on a model that others hold is worth one more worker, if there is room. */
export const target = 5;

const none: Orders = { evict: [] };

/** At most one model is loaded at a time, so that what is decided next knows of it. */
export function placed(situation: Situation): Orders {
  const { held, may, room, queues, sizes, others } = situation;
  const here = new Set(held.map(({ model }) => model));
  const wanted = may
    .filter((model) => !here.has(model) && queues.has(model) && sizes.has(model))
    .filter((model) => !others.get(model) || queues.get(model)!.oldest > target)
    .map((model) => ({ model, bytes: sizes.get(model)!, alone: !others.get(model), ...queues.get(model)! }))
    .filter(({ bytes }) => bytes <= room)
    // Who has waited longer, and more of them, for less to load.
    .sort((a, b) => score(b) - score(a));
  let free = room - held.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { model, bytes, alone } of wanted) {
    if (bytes <= free) return { load: model, evict: [] };
    // Nothing goes for a second copy of what others have.
    if (!alone) continue;
    const evict: string[] = [];
    for (const one of leaving(situation)) {
      evict.push(one.model);
      free += one.bytes;
      if (bytes <= free) return { load: model, evict };
    }
    free = room - held.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  return none;
}

const score = ({ oldest, count, bytes }: { oldest: number; count: number; bytes: number }): number =>
  ((oldest + 0.1) * count) / Math.max(1, bytes);

/** What may go, the longest unused first. */
const leaving = ({ held, queues, stay = residency }: Situation): readonly Held[] =>
  held
    .filter(({ model, age, busy, kept }) => !kept && !busy && age >= stay && !queues.has(model))
    .toSorted((a, b) => b.idle - a.idle);

/** Where a model is, and why it is not nearer. */
export type Temperature = "hot" | "loading" | "warm" | "cold";

export interface Placed {
  readonly models: readonly string[];
  readonly loading: readonly string[];
  /** Models that were held a while ago: their files are near. */
  readonly warm: readonly string[];
  readonly may: readonly string[];
}

export function temperatureOf(
  model: string,
  workers: readonly Placed[],
): { readonly state: Temperature; readonly workers: number; readonly reason: string } {
  const count = (of: (worker: Placed) => readonly string[]): number =>
    workers.filter((worker) => of(worker).includes(model)).length;
  const held = count(({ models }) => models);
  if (held) return { state: "hot", workers: held, reason: "" };
  if (count(({ loading }) => loading))
    return { state: "loading", workers: 0, reason: "a worker is loading it" };
  if (count(({ warm }) => warm))
    return { state: "warm", workers: 0, reason: "it made room for others; a job brings it back" };
  return {
    state: "cold",
    workers: 0,
    reason: count(({ may }) => may)
      ? "nobody has asked for it yet; a job has it loaded"
      : "no worker that is there may hold it",
  };
}
