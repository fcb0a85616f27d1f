/** What the service keeps of jobs: one interface, whatever keeps it. Each method is one transaction. */
import type { JobEvent, Problem, Status } from "nnsight-ts/remote";
import type { Key } from "../keys.ts";

export interface NewJob {
  /** Made by the client. */
  readonly id: string;
  /** The public part of the key that submitted it. */
  readonly owner: string;
  readonly model: string;
  /** Of the submitted bytes: the same id with other bytes is another job. */
  readonly hash: string;
}

export interface Submission extends NewJob {
  /** Of the key. Default `standard`. */
  readonly tier?: string;
  /** The submitted bytes when they are few; others are a blob by their hash. */
  readonly program?: Uint8Array;
  /** How many bytes were submitted. Default 0. */
  readonly bytes?: number;
}

export interface Job extends NewJob {
  readonly status: Exclude<Status, "LOG">;
  /** The try that is running, or ran last; 0 before the first. */
  readonly attempt: number;
  readonly created: number;
  readonly result?: Result;
  readonly problem?: Problem;
}

export interface Result {
  readonly bytes: number;
  /** Of the bytes, and the name of the blob. */
  readonly sha256: string;
}

/** The right to run a job, until it is lost: of one try. */
export interface Lease {
  readonly job: string;
  readonly model: string;
  readonly attempt: number;
}

/** A lease with what is to be run. */
export interface Leased extends Lease {
  readonly hash: string;
  /** Nothing when it is a blob. */
  readonly program?: Uint8Array;
}

/** A worker that waits for what is submitted. */
export interface Idle {
  /** How many jobs it takes. */
  readonly most: number;
  /** Once: the next jobs of the model, if there are any. */
  give(leases: readonly Leased[]): void;
}

/** An event as it is kept: the last one with what was made. */
export interface StoredEvent extends Omit<JobEvent, "result"> {
  readonly result?: Result;
  /** The bytes of the result when they are few; others are a blob. */
  readonly made?: Uint8Array;
}

/** Bytes up to which a program or a result stands with its job: beyond it is a blob. */
export const small = 64 * 1024;

/** What changed. */
export interface Told {
  readonly job: string;
  readonly model: string;
  readonly status: Status;
  /** When it changed here; what others changed has to be asked for. */
  readonly event?: StoredEvent;
  /** Of the last one: seconds since it was submitted. */
  readonly age?: number;
  /** Of one that waits: whether a worker has it already. */
  readonly handed?: boolean;
}

export interface End {
  readonly status: "COMPLETED" | "ERROR" | "CANCELLED";
  readonly text: string;
  readonly result?: Result;
  readonly problem?: Problem;
  /** The bytes of the result when they are few. */
  readonly made?: Uint8Array;
  /** How long it ran, in seconds: what its key has used. */
  readonly seconds?: number;
}

/** A worker that was heard of lately. */
export interface Worker {
  readonly name: string;
  readonly models: readonly string[];
  /** Milliseconds since 1970. */
  readonly seen: number;
  /** Whether it will be told to end. */
  readonly drained: boolean;
  readonly loading: readonly string[];
  /** Models that it held a while ago. */
  readonly warm: readonly string[];
  /** Models that it may hold. */
  readonly may: readonly string[];
}

/** What a worker says of models that it does not hold. */
export type Places = Pick<Worker, "loading" | "warm" | "may">;

export const nowhere: Places = { loading: [], warm: [], may: [] };

/** Milliseconds after which a worker that says nothing is taken to be gone. */
export const silence = 40_000;

/** What a worker is to do with a job that it runs. */
export type Order = "go" | "cancel" | "lost";

/** What a key may do. */
export interface Tier {
  /** Requests a second, on average over ten seconds. */
  readonly rate: number;
  /** Jobs that wait. */
  readonly waiting: number;
  /** Jobs that run at once. */
  readonly running: number;
  /** Jobs that are run for each one of a key of weight 1, while both have some waiting. */
  readonly weight: number;
  /** Seconds of running in a day, which begins at midnight UTC. */
  readonly daily: number;
}

/** Of keys that have no other tier the limits are those of a `Tier`. */
export interface Limits extends Tier {
  readonly tiers: Readonly<Record<string, Partial<Tier>>>;
  /** Jobs that wait for one model. */
  readonly queue: number;
  /** Tries of one job, as its worker may die of it. */
  readonly attempts: number;
  /** Seconds without a beat after which a lease is lost. */
  readonly lease: number;
}

export const defaultLimits: Limits = {
  rate: 50,
  waiting: 50,
  running: 2,
  weight: 1,
  daily: 24 * 3600,
  tiers: {},
  queue: 1000,
  attempts: 3,
  lease: 15,
};

/** The limits of a tier; one that is not known is the standard one. */
export function tierOf(limits: Limits, name = "standard"): Tier {
  const { rate, waiting, running, weight, daily } = limits;
  return { rate, waiting, running, weight, daily, ...limits.tiers[name] };
}

/** Turns between two jobs of a key. */
export const stepOf = ({ weight }: Tier): number => Math.max(1, Math.round(60 / weight));

export type Submitted = "new" | "same" | "other" | "key full" | "model full" | "day full";

export interface JobStore {
  readonly limits: Limits;
  /** Milliseconds between two looks for what can be forgotten. */
  readonly pruning: number;

  addKey(key: Key): Promise<void>;
  key(id: string): Promise<Key | undefined>;
  keys(): Promise<readonly Key[]>;
  removeKey(id: string): Promise<boolean>;

  /**
   * Notes a job as received and approved, and queues it, unless its id is known or a limit is reached.
   * @param idle is given jobs in the same transaction, as a lease of its own would take as long again; not when this fails
   */
  submit(job: Submission, idle?: Idle): Promise<Submitted>;
  job(id: string): Promise<Job | undefined>;
  jobs(latest: number): Promise<readonly Job[]>;
  /** How many jobs are before it in the queue of its model. */
  position(id: string): Promise<number>;
  /** The history after a number, in order. */
  events(id: string, after: number): Promise<readonly StoredEvent[]>;
  /** The bytes of a result that stands with its job. */
  made(id: string): Promise<Uint8Array | undefined>;
  /** Seconds that a key has run today. */
  used(owner: string): Promise<number>;
  /** By model. */
  waiting(): Promise<ReadonlyMap<string, number>>;
  /** By model: how many wait, and for how many seconds the first one has. */
  queues(): Promise<ReadonlyMap<string, { readonly count: number; readonly oldest: number }>>;

  /** The next jobs of these models, in the turn of their owners. */
  lease(models: readonly string[], most?: number): Promise<readonly Leased[]>;
  /** Says that it is still being run. */
  beat(lease: Lease): Promise<Order>;
  /** Adds lines to the history; false when the lease is lost. */
  log(lease: Lease, lines: readonly string[]): Promise<boolean>;
  /** Ends the job; false when the lease is lost, and then nothing is changed. */
  settle(lease: Lease, end: End): Promise<boolean>;
  /** Gives it up at once, as if its lease had run out; false when it is lost. */
  release(lease: Lease): Promise<boolean>;
  /** A waiting job ends at once, a running one is told at its next beat; false when it has ended. */
  cancel(id: string): Promise<boolean>;
  /** Gives jobs whose worker went away to the next one, or ends them when they have had all their tries. */
  expire(): Promise<void>;
  /** Forgets jobs that ended before a time, or that there is no room for; gives the blobs that are left without one. */
  prune(before: number): Promise<readonly string[]>;

  /** Notes that a worker is there, holding these models; true, once, when it is to end. What it does not say stays. */
  seen(worker: string, models: readonly string[], places?: Places): Promise<boolean>;
  workers(): Promise<readonly Worker[]>;
  /** Has a worker end when it has run what it runs; false when there is none of this name. */
  drain(worker: string): Promise<boolean>;

  /** Told when something changes. Others' changes may be missed, so that they have to be asked for at times. */
  listen(listener: (told: Told) => void): () => void;
  close(): Promise<void>;
}

export const lost: Problem = {
  code: "REMOTE",
  reason: "JOB_POISON",
  message:
    "the job's worker died each time that it was run, so it is not tried again. Save less, or run it in parts.",
};
