/** Jobs in memory, for tests and for teaching: they end with the process. */
import { type JobEvent, type Status, terminal, texts } from "nnsight-ts/remote";
import type { Key } from "../keys.ts";
import {
  defaultLimits,
  type End,
  type Job,
  type JobStore,
  type Lease,
  type Limits,
  lost,
  type NewJob,
  type Order,
  type Submitted,
  silence,
  type Worker,
} from "./store.ts";

interface Entry {
  job: Job;
  readonly events: JobEvent[];
  /** Of those that wait for one model the least is next. */
  readonly turn: number;
  cancelled: boolean;
  beat: number;
  ended: number;
}

export class MemoryStore implements JobStore {
  readonly #keys = new Map<string, Key>();
  readonly #entries = new Map<string, Entry>();
  readonly #workers = new Map<string, Worker>();
  readonly #listeners = new Set<(job: string) => void>();
  readonly #limits: Limits;
  readonly #now: () => number;

  constructor(limits: Partial<Limits> = {}, now: () => number = Date.now) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#now = now;
  }

  async addKey(key: Key): Promise<void> {
    this.#keys.set(key.id, key);
  }

  async key(id: string): Promise<Key | undefined> {
    return this.#keys.get(id);
  }

  async keys(): Promise<readonly Key[]> {
    return [...this.#keys.values()];
  }

  async removeKey(id: string): Promise<boolean> {
    return this.#keys.delete(id);
  }

  async submit(job: NewJob): Promise<Submitted> {
    const known = this.#entries.get(job.id);
    if (known) return known.job.hash === job.hash && known.job.owner === job.owner ? "same" : "other";
    const own = this.#with("APPROVED").filter((one) => one.job.owner === job.owner);
    if (own.length >= this.#limits.waiting) return "key full";
    const queue = this.#with("APPROVED").filter((one) => one.job.model === job.model);
    if (queue.length >= this.#limits.queue) return "model full";
    const last = this.#latest((one) => one.job.model === job.model && one.job.owner === job.owner);
    const now = this.#latest((one) => one.job.model === job.model && one.job.attempt > 0);
    const entry: Entry = {
      job: { ...job, status: "RECEIVED", attempt: 0, created: this.#now() },
      events: [],
      turn: Math.max(now ?? 0, (last ?? -1) + 1),
      cancelled: false,
      beat: 0,
      ended: 0,
    };
    this.#entries.set(job.id, entry);
    this.#enter(entry, "RECEIVED");
    this.#enter(entry, "APPROVED");
    return "new";
  }

  async job(id: string): Promise<Job | undefined> {
    return this.#entries.get(id)?.job;
  }

  async jobs(latest: number): Promise<readonly Job[]> {
    return [...this.#entries.values()].slice(-latest).map(({ job }) => job);
  }

  async position(id: string): Promise<number> {
    const entry = this.#entries.get(id);
    return entry ? Math.max(0, this.#queue([entry.job.model]).indexOf(entry)) : 0;
  }

  async events(id: string, after: number): Promise<readonly JobEvent[]> {
    return this.#entries.get(id)?.events.slice(after) ?? [];
  }

  async waiting(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { job } of this.#with("APPROVED")) counts.set(job.model, (counts.get(job.model) ?? 0) + 1);
    return counts;
  }

  async lease(models: readonly string[]): Promise<Lease | undefined> {
    const running = Map.groupBy(this.#with("RUNNING"), ({ job }) => job.owner);
    const entry = this.#queue(models).find(
      ({ job }) => (running.get(job.owner)?.length ?? 0) < this.#limits.running,
    );
    if (!entry) return undefined;
    entry.job = { ...entry.job, attempt: entry.job.attempt + 1 };
    entry.beat = this.#now();
    this.#enter(entry, "RUNNING");
    const { id, model, attempt } = entry.job;
    return { job: id, model, attempt };
  }

  async beat(lease: Lease): Promise<Order> {
    const entry = this.#leased(lease);
    if (!entry) return "lost";
    entry.beat = this.#now();
    return entry.cancelled ? "cancel" : "go";
  }

  async log(lease: Lease, lines: readonly string[]): Promise<boolean> {
    const entry = this.#leased(lease);
    for (const line of entry ? lines : []) this.#add(entry!, "LOG", line);
    return entry !== undefined;
  }

  async settle(lease: Lease, end: End): Promise<boolean> {
    const entry = this.#leased(lease);
    if (entry) this.#end(entry, end);
    return entry !== undefined;
  }

  async cancel(id: string): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (!entry || terminal.has(entry.job.status)) return false;
    if (entry.job.status === "RUNNING") entry.cancelled = true;
    else this.#end(entry, { status: "CANCELLED", text: texts.CANCELLED });
    return true;
  }

  async expire(): Promise<void> {
    const late = this.#now() - this.#limits.lease * 1000;
    for (const entry of this.#with("RUNNING").filter(({ beat }) => beat < late)) {
      if (entry.cancelled) this.#end(entry, { status: "CANCELLED", text: texts.CANCELLED });
      else if (entry.job.attempt < this.#limits.attempts) this.#enter(entry, "APPROVED");
      else this.#end(entry, { status: "ERROR", text: lost.message, problem: lost });
    }
  }

  async prune(before: number): Promise<readonly string[]> {
    const blobs: string[] = [];
    for (const [id, { job, ended }] of this.#entries)
      if (ended && ended < before) {
        this.#entries.delete(id);
        blobs.push(job.hash, ...(job.result ? [job.result.sha256] : []));
      }
    const used = new Set([...this.#entries.values()].flatMap(({ job }) => [job.hash, job.result?.sha256]));
    return blobs.filter((blob) => !used.has(blob));
  }

  async seen(name: string, models: readonly string[]): Promise<boolean> {
    if (this.#workers.get(name)?.drained) return this.#workers.delete(name);
    this.#workers.set(name, { name, models, seen: this.#now(), drained: false });
    return false;
  }

  async workers(): Promise<readonly Worker[]> {
    return [...this.#workers.values()].filter(({ seen }) => seen > this.#now() - silence);
  }

  async drain(name: string): Promise<boolean> {
    const worker = this.#workers.get(name);
    if (worker) this.#workers.set(name, { ...worker, drained: true });
    return worker !== undefined;
  }

  listen(listener: (job: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {}

  /** The latest turn among some jobs. */
  #latest(isOne: (entry: Entry) => boolean): number | undefined {
    let latest: number | undefined;
    for (const entry of this.#entries.values()) if (isOne(entry)) latest = Math.max(latest ?? 0, entry.turn);
    return latest;
  }

  #with(status: Status): Entry[] {
    return [...this.#entries.values()].filter(({ job }) => job.status === status);
  }

  /** Those that wait for one of these models, in their turn. */
  #queue(models: readonly string[]): Entry[] {
    return this.#with("APPROVED")
      .filter(({ job }) => models.includes(job.model))
      .sort((a, b) => a.turn - b.turn);
  }

  #leased({ job, attempt }: Lease): Entry | undefined {
    const entry = this.#entries.get(job);
    return entry?.job.status === "RUNNING" && entry.job.attempt === attempt ? entry : undefined;
  }

  #enter(entry: Entry, status: "RECEIVED" | "APPROVED" | "RUNNING"): void {
    entry.job = { ...entry.job, status };
    this.#add(entry, status, texts[status]);
  }

  #end(entry: Entry, { status, text, result, problem }: End): void {
    entry.job = { ...entry.job, status, ...(result && { result }), ...(problem && { problem }) };
    entry.ended = this.#now();
    this.#add(entry, status, text, problem && { problem });
  }

  #add(entry: Entry, status: Status, text: string, more: Partial<JobEvent> = {}): void {
    const { id, attempt } = entry.job;
    entry.events.push({ seq: entry.events.length + 1, attempt, status, text, time: this.#now(), ...more });
    for (const listener of this.#listeners) listener(id);
  }
}
