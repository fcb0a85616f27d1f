/** What all routes of the broker share: the store, the blobs, the models, and who is at work. */
import type { Context } from "hono";
import { type Admission, defaultAdmission, type Hosted, weightBytes } from "nnsight-ts/remote";
import type { Logger } from "pino";
import type { Blobs } from "../blobs.ts";
import { type Key, matches, parseKey, type Scope } from "../keys.ts";
import { type Job, type JobStore, type Lease, type Told, tierOf } from "../store/store.ts";
import type { Metrics } from "./metrics.ts";
import { residency } from "./placement.ts";
import { Refusal } from "./refusal.ts";
import { Turns } from "./turns.ts";

export interface BrokerOptions {
  readonly store: JobStore;
  readonly blobs: Blobs;
  readonly models: ReadonlyMap<string, Hosted>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly admission?: Partial<Admission>;
  /** Bytes of one submission. Default 80 MiB: 16 of program and 64 of constants. */
  readonly body?: number;
  /** Seconds of a lease. Default 15. */
  readonly lease?: number | undefined;
  /** Seconds that a model stays at least with a worker. Default 30. */
  readonly stay?: number | undefined;
}

export class Broker {
  readonly store: JobStore;
  readonly blobs: Blobs;
  readonly models: ReadonlyMap<string, Hosted>;
  /** Bytes of each model. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly admission: Admission;
  readonly body: number;
  /** Milliseconds between the beats of a worker. */
  readonly beat: number;
  /** Seconds that a model stays at least with a worker. */
  readonly stay: number;
  readonly turns: Turns;
  readonly #spent = new Map<string, { tokens: number; at: number }>();
  /** When each worker was last noted in the store. */
  readonly #noted = new Map<string, number>();
  /** Keys that were shown lately. */
  readonly #keys = new Map<string, { readonly key: Promise<Key | undefined>; readonly at: number }>();
  readonly #readers = new Map<string, Set<(told: Told) => void>>();

  constructor(options: BrokerOptions) {
    const { store, blobs, models, metrics, log, admission, body, lease = 15, stay = residency } = options;
    this.store = store;
    this.blobs = blobs;
    this.models = models;
    this.sizes = new Map([...models].map(([key, hosted]) => [key, weightBytes(hosted)]));
    this.metrics = metrics;
    this.log = log;
    this.admission = { ...defaultAdmission, ...admission };
    this.body = body ?? 80 * 2 ** 20;
    this.stay = stay;
    this.beat = (lease * 1000) / 5;
    this.turns = new Turns(store);
    store.listen((told) => {
      const { model, status, age } = told;
      if (age !== undefined) {
        metrics.ended.inc({ model, status });
        metrics.runs.observe({ model }, age);
      }
      for (const reader of this.#readers.get(told.job) ?? []) reader(told);
    });
  }

  /** The key that a request shows. @throws Refusal when it is none, or may not do this, or asks too often */
  async keyOf(c: Context, scope: Scope): Promise<Key> {
    const shown = parseKey(/^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "");
    const key = shown && (await this.#known(shown.id));
    if (!key || !matches(key, shown.secret))
      throw new Refusal(
        401,
        "NO_KEY",
        "the service does not know this key. Ask its administrator for one, and set NNSIGHT_API_KEY.",
      );
    if (key.scope !== scope && key.scope !== "admin")
      throw new Refusal(
        403,
        "SCOPE",
        `this key is for '${key.scope}', but the request needs one for '${scope}'.`,
      );
    if (scope === "submit") this.#spend(key);
    return key;
  }

  /** A job of this key. @throws Refusal when there is none: of others' jobs nobody learns anything */
  async jobOf(key: Key, id: string): Promise<Job> {
    const job = await this.store.job(id);
    if (job && (job.owner === key.id || key.scope === "admin")) return job;
    throw new Refusal(
      404,
      "NO_JOB",
      `there is no job ${id} of this key. Jobs are forgotten a day after their end.`,
    );
  }

  /** A key as it was some seconds ago at most: one that is withdrawn opens nothing after that. */
  #known(id: string): Promise<Key | undefined> {
    const now = performance.now();
    const kept = this.#keys.get(id);
    if (kept && now - kept.at < remembered) return kept.key;
    const key = this.store.key(id);
    if (this.#keys.size > 10_000) this.#keys.clear();
    this.#keys.set(id, { key, at: now });
    // One that is not there, or could not be asked for, is asked for again.
    const forget = (): unknown => this.#keys.get(id)?.key === key && this.#keys.delete(id);
    key.then((found) => found || forget(), forget);
    return key;
  }

  #spend({ id, tier }: Key): void {
    const { rate } = tierOf(this.store.limits, tier);
    const now = performance.now() / 1000;
    const { tokens, at } = this.#spent.get(id) ?? { tokens: rate * 10, at: now };
    const left = Math.min(rate * 10, tokens + (now - at) * rate) - 1;
    if (left < 0)
      throw new Refusal(429, "RATE_LIMIT", `this key asks more than ${rate} times a second. Wait a second.`, {
        "retry-after": "1",
      });
    this.#spent.set(id, { tokens: left, at: now });
  }

  /** Notes, every two seconds, that a worker is there, holding these models; true when it is to end. */
  async seen(worker: string, models: readonly string[]): Promise<boolean> {
    const now = performance.now();
    if (now - (this.#noted.get(worker) ?? Number.NEGATIVE_INFINITY) < 2000) return false;
    this.#noted.set(worker, now);
    return this.store.seen(worker, models);
  }

  /** Tells what changes of a job; gives what ends that. */
  follow(job: string, reader: (told: Told) => void): () => void {
    const readers = this.#readers.get(job) ?? new Set();
    this.#readers.set(job, readers.add(reader));
    return () => {
      readers.delete(reader);
      if (readers.size === 0 && this.#readers.get(job) === readers) this.#readers.delete(job);
    };
  }
}

/** Milliseconds for which a key is not asked for again. */
const remembered = 2000;

export const leaseId = ({ job, attempt }: Lease): string => `${job}.${attempt}`;
