/** Jobs in memory, for tests and for teaching: they end with the process. */
import { type Status, terminal, texts } from "nnsight-ts/remote";
import type { Key } from "../keys.ts";
import {
  defaultLimits,
  type End,
  type Idle,
  type Job,
  type JobStore,
  type Lease,
  type Leased,
  type Limits,
  lost,
  nowhere,
  type Order,
  type Places,
  type StoredEvent,
  type Submission,
  type Submitted,
  silence,
  stepOf,
  type Told,
  tierOf,
  type Worker,
} from "./store.ts";

interface Entry {
  job: Job;
  readonly tier: string | undefined;
  readonly program: Uint8Array | undefined;
  readonly events: StoredEvent[];
  /** Of those that wait for one model the least is next. */
  readonly turn: number;
  cancelled: boolean;
  beat: number;
  ended: number;
  /** Of its program and its result. */
  bytes: number;
}

/** What is kept of jobs that have ended: so many, with so many bytes. */
export const kept = { jobs: 1000, bytes: 2 ** 30 };

export class MemoryStore implements JobStore {
  readonly #keys = new Map<string, Key>();
  readonly #entries = new Map<string, Entry>();
  /** Those that have not ended. */
  readonly #open = new Set<Entry>();
  /** The last turn of each key at each model, and the last one that was run, by model. */
  readonly #last = new Map<string, number>();
  readonly #now = new Map<string, number>();
  /** Seconds by key and day. */
  readonly #used = new Map<string, number>();
  readonly #workers = new Map<string, Worker>();
  readonly #listeners = new Set<(told: Told) => void>();
  readonly limits: Limits;
  readonly pruning = 1000;
  readonly #clock: () => number;

  constructor(limits: Partial<Limits> = {}, now: () => number = Date.now) {
    this.limits = { ...defaultLimits, ...limits };
    this.#clock = now;
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

  async submit(job: Submission, idle?: Idle): Promise<Submitted> {
    const answer = this.#submit(job);
    idle?.give(await this.lease([job.model], idle.most));
    return answer;
  }

  #submit({ program, tier, bytes = 0, ...job }: Submission): Submitted {
    const known = this.#entries.get(job.id);
    if (known) return known.job.hash === job.hash && known.job.owner === job.owner ? "same" : "other";
    const limits = tierOf(this.limits, tier);
    const waiting = this.#with("APPROVED");
    if (waiting.filter((one) => one.job.owner === job.owner).length >= limits.waiting) return "key full";
    if (waiting.filter((one) => one.job.model === job.model).length >= this.limits.queue) return "model full";
    if (this.#spent(job.owner) >= limits.daily) return "day full";
    const own = `${job.model}\n${job.owner}`;
    const last = this.#last.get(own);
    const turn = Math.max(this.#now.get(job.model) ?? 0, last === undefined ? 0 : last + stepOf(limits));
    this.#last.set(own, turn);
    const entry: Entry = {
      job: { ...job, status: "RECEIVED", attempt: 0, created: this.#clock() },
      tier,
      program: program?.slice(),
      events: [],
      turn,
      cancelled: false,
      beat: 0,
      ended: 0,
      bytes,
    };
    this.#entries.set(job.id, entry);
    this.#open.add(entry);
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

  async events(id: string, after: number): Promise<readonly StoredEvent[]> {
    return this.#entries.get(id)?.events.slice(after) ?? [];
  }

  async made(id: string): Promise<Uint8Array | undefined> {
    return this.#entries.get(id)?.events.at(-1)?.made;
  }

  async used(owner: string): Promise<number> {
    return this.#spent(owner);
  }

  async waiting(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { job } of this.#with("APPROVED")) counts.set(job.model, (counts.get(job.model) ?? 0) + 1);
    return counts;
  }

  async queues(): Promise<ReadonlyMap<string, { readonly count: number; readonly oldest: number }>> {
    const queues = new Map<string, { readonly count: number; readonly oldest: number }>();
    for (const { job } of this.#with("APPROVED")) {
      const { count, oldest } = queues.get(job.model) ?? { count: 0, oldest: 0 };
      const waited = (this.#clock() - job.created) / 1000;
      queues.set(job.model, { count: count + 1, oldest: Math.max(oldest, waited) });
    }
    return queues;
  }

  async lease(models: readonly string[], most = 1): Promise<readonly Leased[]> {
    const running = new Map<string, number>();
    for (const { job } of this.#with("RUNNING")) running.set(job.owner, (running.get(job.owner) ?? 0) + 1);
    const leases: Leased[] = [];
    for (const entry of this.#queue(models)) {
      if (leases.length === most) break;
      const { id, owner, model, hash } = entry.job;
      const own = running.get(owner) ?? 0;
      if (own >= tierOf(this.limits, entry.tier).running) continue;
      running.set(owner, own + 1);
      const attempt = entry.job.attempt + 1;
      entry.job = { ...entry.job, attempt };
      entry.beat = this.#clock();
      this.#now.set(model, Math.max(this.#now.get(model) ?? 0, entry.turn));
      this.#enter(entry, "RUNNING");
      leases.push({ job: id, model, attempt, hash, ...(entry.program && { program: entry.program }) });
    }
    return leases;
  }

  async beat(lease: Lease): Promise<Order> {
    const entry = this.#leased(lease);
    if (!entry) return "lost";
    entry.beat = this.#clock();
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
    const now = this.#clock();
    const late = now - this.limits.lease * 1000;
    // The clock was set back: who was heard of is given his time from now on.
    for (const entry of this.#with("RUNNING")) entry.beat = Math.min(entry.beat, now);
    for (const entry of this.#with("RUNNING")) if (entry.beat < late) this.#giveUp(entry);
  }

  async release(lease: Lease): Promise<boolean> {
    const entry = this.#leased(lease);
    if (entry) this.#giveUp(entry);
    return entry !== undefined;
  }

  /** Its worker is gone, or the child that ran it. */
  #giveUp(entry: Entry): void {
    if (entry.cancelled) this.#end(entry, { status: "CANCELLED", text: texts.CANCELLED });
    else if (entry.job.attempt < this.limits.attempts) this.#enter(entry, "APPROVED");
    else this.#end(entry, { status: "ERROR", text: lost.message, problem: lost });
  }

  async prune(before: number): Promise<readonly string[]> {
    const blobs: string[] = [];
    const ended = [...this.#entries.values()].filter((entry) => entry.ended);
    const room = { ...kept };
    // The latest first, as long as there is room.
    for (const { job, ended: at, bytes } of ended.toReversed().toSorted((a, b) => b.ended - a.ended)) {
      room.jobs--;
      room.bytes -= bytes;
      if (at >= before && room.jobs >= 0 && room.bytes >= 0) continue;
      this.#entries.delete(job.id);
      blobs.push(job.hash, ...(job.result ? [job.result.sha256] : []));
    }
    const used = new Set([...this.#entries.values()].flatMap(({ job }) => [job.hash, job.result?.sha256]));
    return blobs.filter((blob) => !used.has(blob));
  }

  async seen(name: string, models: readonly string[], places?: Places): Promise<boolean> {
    const known = this.#workers.get(name);
    if (known?.drained) return this.#workers.delete(name);
    const { loading, warm, may } = places ?? known ?? nowhere;
    this.#workers.set(name, { name, models, seen: this.#clock(), drained: false, loading, warm, may });
    return false;
  }

  async workers(): Promise<readonly Worker[]> {
    return [...this.#workers.values()].filter(({ seen }) => seen > this.#clock() - silence);
  }

  async drain(name: string): Promise<boolean> {
    const worker = this.#workers.get(name);
    if (worker) this.#workers.set(name, { ...worker, drained: true });
    return worker !== undefined;
  }

  listen(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {}

  #with(status: Status): Entry[] {
    return [...this.#open].filter(({ job }) => job.status === status);
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

  #end(entry: Entry, { status, text, result, problem, made, seconds = 0 }: End): void {
    entry.job = { ...entry.job, status, ...(result && { result }), ...(problem && { problem }) };
    entry.ended = this.#clock();
    entry.bytes += result?.bytes ?? 0;
    this.#open.delete(entry);
    const day = this.#day(entry.job.owner);
    this.#used.set(day, (this.#used.get(day) ?? 0) + seconds);
    this.#add(entry, status, text, {
      ...(problem && { problem }),
      ...(result && { result }),
      ...(made && { made: made.slice() }),
    });
  }

  #spent(owner: string): number {
    return this.#used.get(this.#day(owner)) ?? 0;
  }

  #day(owner: string): string {
    return `${new Date(this.#clock()).toISOString().slice(0, 10)} ${owner}`;
  }

  #add(entry: Entry, status: Status, text: string, more: Partial<StoredEvent> = {}): void {
    const { id, attempt, model } = entry.job;
    const seq = entry.events.length + 1;
    const event = { seq, attempt, status, text, time: this.#clock(), ...more };
    entry.events.push(event);
    const age = terminal.has(status) ? { age: (event.time - entry.job.created) / 1000 } : {};
    for (const listener of this.#listeners) listener({ job: id, model, status, event, ...age });
  }
}
