/** Jobs in PostgreSQL. pg-boss says whose turn it is and hands each job to one worker; our own row says what became of it. */
import { createHash, randomBytes } from "node:crypto";
import { texts } from "nnsight-ts/remote";
import { Batches } from "./batches.ts";
import { type Begun, begunIn, type Wanted } from "./begins.ts";
import { type Ended, endedIn } from "./ends.ts";
import { bossIn, eventOf, gathered, isNew } from "./rows.ts";
import { migrate } from "./schema.ts";
import type { Database, Row, Sql } from "./sql.ts";
import {
  defaultLimits,
  type End,
  type Idle,
  type JobStore,
  type Lease,
  type Leased,
  type Limits,
  lost,
  type Order,
  type Submission,
  type Submitted,
  stepOf,
  type Told,
  tierOf,
} from "./store.ts";
import { Tables } from "./tables.ts";

/** Of a model, in pg-boss, whose names are of few signs. */
const queueOf = (model: string): string =>
  `model-${createHash("sha256").update(model).digest("hex").slice(0, 24)}`;

interface Asked {
  readonly job: Submission;
  readonly idle: Idle | undefined;
}

export class PostgresStore extends Tables implements JobStore {
  readonly limits: Limits;
  readonly pruning = 60_000;
  readonly #queues = new Map<string, Promise<string>>();
  readonly #listeners = new Set<(told: Told) => void>();
  /** Its name among those that share the database; nothing when it has it alone. */
  readonly #mine: string | null;
  readonly #submitting = new Batches((asked: readonly Asked[]) => this.#submit(asked));
  readonly #settling = new Batches((ends: readonly Ended[]) =>
    this.database.transaction((sql) => this.#end(sql, ends)).then((told) => this.#tell(told)),
  );

  private constructor(database: Database, limits: Partial<Limits>) {
    super(database);
    this.limits = { ...defaultLimits, ...limits };
    this.#mine = database.shared ? randomBytes(6).toString("hex") : null;
  }

  static async open(database: Database, limits: Partial<Limits> = {}): Promise<PostgresStore> {
    await migrate(database);
    const store = new PostgresStore(database, limits);
    await database.listen((text) => {
      const { from, ...told } = JSON.parse(text) as Told & { readonly from: string };
      if (from !== store.#mine) for (const listener of store.#listeners) listener(told);
    });
    return store;
  }

  submit(job: Submission, idle?: Idle): Promise<Submitted> {
    return this.#submitting.ask({ job, idle });
  }

  async #submit(asked: readonly Asked[]): Promise<Submitted[]> {
    const queues = new Map<string, string>();
    for (const { job } of asked) queues.set(job.model, await this.#queue(job.model));
    const taking = Map.groupBy(asked, ({ job }) => job.model);
    const { rows, leased } = await this.database.transaction(async (sql) => {
      const { text, stretches } = gathered(asked.map(({ job }) => job.program));
      const jobs = asked.map(({ job: { program: _, tier, ...job } }, i) => {
        const limits = tierOf(this.limits, tier);
        const { waiting, daily } = limits;
        return { ...job, ...stretches[i], step: stepOf(limits), waiting, daily };
      });
      const rows = await sql.query("SELECT * FROM nnsight_submit($1::json, $2, $3, $4)", [
        JSON.stringify(jobs),
        text,
        this.limits.queue,
        this.#mine,
      ]);
      const leased = new Map<string, Begun[]>();
      for (const [model, queue] of queues) {
        const fresh = [...asked.entries()].filter(([i, { job }]) => job.model === model && isNew(rows[i]!));
        if (fresh.length)
          await this.database.boss.insert(
            queue,
            fresh.map(([i, { job }]) => ({
              id: job.id,
              data: {},
              priority: -Number(rows[i]!["o_turn"]),
              group: { id: job.owner, ...(job.tier && { tier: job.tier }) },
              retryLimit: this.limits.attempts,
              retryDelay: 0,
              expireInSeconds: 23 * 3600,
            })),
            { db: bossIn(sql) },
          );
        const most = taking.get(model)!.reduce((sum, { idle }) => sum + (idle?.most ?? 0), 0);
        if (most) leased.set(model, await this.#begin(sql, { model, queue, most }));
      }
      return { rows, leased };
    });
    const handed = new Set([...leased.values()].flat().map(({ lease }) => lease.job));
    for (const [i, { job }] of asked.entries())
      if (isNew(rows[i]!)) {
        const { id, model } = job;
        const time = (rows[i]!["o_time"] as Date).getTime();
        for (const [at, status] of (["RECEIVED", "APPROVED"] as const).entries())
          this.#say({
            ...{ job: id, model, status, handed: handed.has(id) },
            event: { seq: at + 1, attempt: 0, status, text: texts[status], time },
          });
      }
    for (const [model, begun] of leased) {
      const leases = this.#said(begun);
      for (const { idle } of taking.get(model)!) idle?.give(leases.splice(0, idle.most));
    }
    return rows.map((row) => row["o_answer"] as Submitted);
  }

  async lease(models: readonly string[], most = 1): Promise<readonly Leased[]> {
    const leases: Leased[] = [];
    for (const model of models)
      if (leases.length < most) {
        const wanted = { model, queue: await this.#queue(model), most: most - leases.length };
        leases.push(...this.#said(await this.#begin(this.database, wanted)));
      }
    return leases;
  }

  #begin(sql: Sql, wanted: Wanted): Promise<Begun[]> {
    return begunIn(this.database, sql, wanted, this.limits, this.#mine);
  }

  /** Tells that they run, once that is kept. */
  #said(begun: readonly Begun[]): Leased[] {
    return begun.map(({ lease, told }) => {
      this.#say(told);
      return lease;
    });
  }

  async beat({ job, attempt }: Lease): Promise<Order> {
    const [row] = await this.database.query(
      `UPDATE nnsight_job SET beat = clock_timestamp() WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' RETURNING cancelled`,
      [job, attempt],
    );
    if (!row) return "lost";
    return row["cancelled"] ? "cancel" : "go";
  }

  async log({ job, attempt }: Lease, lines: readonly string[]): Promise<boolean> {
    const told = await this.database.transaction(async (sql) => {
      const [held] = await sql.query(
        "SELECT model FROM nnsight_job WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' FOR UPDATE",
        [job, attempt],
      );
      if (!held) return undefined;
      const model = String(held["model"]);
      const told: Told[] = [];
      for (const line of lines) told.push(await this.#add(sql, { job, model, status: "LOG" }, attempt, line));
      return told;
    });
    for (const one of told ?? []) this.#say(one);
    return told !== undefined;
  }

  settle({ job, attempt }: Lease, end: End): Promise<boolean> {
    return this.#settling.ask({ id: job, attempt, state: "RUNNING", end });
  }

  async cancel(id: string): Promise<boolean> {
    const end = { status: "CANCELLED", text: texts.CANCELLED } as const;
    if (await this.#settling.ask({ id, state: "APPROVED", end })) return true;
    const told = await this.database.query(
      "UPDATE nnsight_job SET cancelled = true WHERE id = $1 AND status = 'RUNNING' RETURNING id",
      [id],
    );
    return told.length > 0;
  }

  expire(): Promise<void> {
    return this.#giveUp(async (sql) => {
      // The clock was set back: who was heard of is given his time from now on.
      await sql.query(
        "UPDATE nnsight_job SET beat = clock_timestamp() WHERE status = 'RUNNING' AND beat > clock_timestamp() + make_interval(secs => $1)",
        [1],
      );
      return sql.query(
        `SELECT id, attempt, model, cancelled FROM nnsight_job WHERE status = 'RUNNING' AND beat < clock_timestamp() - make_interval(secs => $1)
         FOR UPDATE SKIP LOCKED`,
        [this.limits.lease],
      );
    }).then(() => undefined);
  }

  async release({ job, attempt }: Lease): Promise<boolean> {
    const held =
      "SELECT id, attempt, model, cancelled FROM nnsight_job WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' FOR UPDATE";
    return (await this.#giveUp((sql) => sql.query(held, [job, attempt]))) > 0;
  }

  /** Jobs whose worker, or its child, is gone: how many. */
  async #giveUp(found: (sql: Sql) => Promise<readonly Row[]>): Promise<number> {
    const told = await this.database.transaction(async (sql) => {
      const told: Told[] = [];
      const ends: Ended[] = [];
      for (const row of await found(sql)) {
        const { id, attempt, model } = row as { id: string; attempt: number; model: string };
        if (row["cancelled"])
          ends.push({ id, state: "RUNNING", end: { status: "CANCELLED", text: texts.CANCELLED } });
        else if (attempt >= this.limits.attempts)
          ends.push({ id, state: "RUNNING", end: { status: "ERROR", text: lost.message, problem: lost } });
        else {
          await sql.query("UPDATE nnsight_job SET status = 'APPROVED' WHERE id = $1", [id]);
          told.push(await this.#add(sql, { job: id, model, status: "APPROVED" }, attempt, texts.APPROVED));
          await this.database.boss.fail(await this.#queue(model), id, null, { db: bossIn(sql) });
        }
      }
      return [...told, ...(ends.length ? await this.#end(sql, ends) : []).filter((one) => one !== undefined)];
    });
    for (const one of told) this.#say(one);
    return told.length;
  }

  async prune(before: number): Promise<readonly string[]> {
    const blobs = await this.database.transaction(async (sql) => {
      const gone = await sql.query(
        `WITH gone AS (DELETE FROM nnsight_job WHERE ended < to_timestamp($1::float8 / 1000) RETURNING id, hash, result->>'sha256' AS made),
           history AS (DELETE FROM nnsight_event e USING gone WHERE e.job = gone.id)
         SELECT hash, made FROM gone`,
        [before],
      );
      const blobs = [
        ...new Set(gone.flatMap(({ hash, made }) => [hash, made]).filter((blob) => typeof blob === "string")),
      ];
      const used = await sql.query(
        "SELECT hash AS blob FROM nnsight_job WHERE hash = ANY($1) UNION SELECT result->>'sha256' FROM nnsight_job WHERE result->>'sha256' = ANY($1)",
        [blobs],
      );
      const still = new Set(used.map(({ blob }) => blob));
      return blobs.filter((blob) => !still.has(blob));
    });
    await this.database.tidy();
    return blobs;
  }

  listen(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** What became of each: nothing for one that was not in its state. */
  async #end(sql: Sql, ends: readonly Ended[]): Promise<(Told | undefined)[]> {
    const told = await endedIn(sql, ends, this.#mine);
    const models = Map.groupBy(
      told.filter((one) => one !== undefined),
      ({ model }) => model,
    );
    for (const [model, some] of models) {
      const ids = some.map(({ job }) => job);
      await this.database.boss.deleteJob(await this.#queue(model), ids, { db: bossIn(sql) });
    }
    return told;
  }

  /** One more line of a history. */
  async #add(sql: Sql, told: Told, attempt: number, text: string): Promise<Told> {
    const [row] = await sql.query(
      `INSERT INTO nnsight_event (job, seq, attempt, status, text)
       SELECT $1::uuid, coalesce(max(seq), 0) + 1, $2::int, $3::text, $4::text FROM nnsight_event WHERE job = $1::uuid
       RETURNING seq, attempt, status, text, time`,
      [told.job, attempt, told.status, text],
    );
    await sql.query("SELECT nnsight_tell($1, $2, $3, $4)", [told.job, told.status, told.model, this.#mine]);
    return { ...told, event: eventOf(row!) };
  }

  #say(told: Told): void {
    for (const listener of this.#listeners) listener(told);
  }

  /** Tells what has ended; whether each has. */
  #tell(told: readonly (Told | undefined)[]): boolean[] {
    for (const one of told) if (one) this.#say(one);
    return told.map((one) => one !== undefined);
  }

  /** The queue of a model. It is looked up once outside of every transaction: on PGlite that would wait for itself. */
  #queue(model: string): Promise<string> {
    const name = queueOf(model);
    const made = async (): Promise<string> => {
      await this.database.boss.createQueue(name, { policy: "standard" });
      await this.database.boss.findJobs(name, { id: "00000000-0000-0000-0000-000000000000" });
      return name;
    };
    const known = this.#queues.get(model) ?? made();
    this.#queues.set(model, known);
    known.catch(() => this.#queues.delete(model));
    return known;
  }
}
