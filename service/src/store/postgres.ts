/** Jobs in PostgreSQL. pg-boss says whose turn it is and hands each job to one worker; our own row says what became of it. */
import { createHash, randomBytes } from "node:crypto";
import { type Problem, type Status, texts } from "nnsight-ts/remote";
import type { Key } from "../keys.ts";
import { Batches } from "./batches.ts";
import { steps } from "./schema.ts";
import type { Database, Row, Sql } from "./sql.ts";
import {
  defaultLimits,
  type End,
  type Job,
  type JobStore,
  type Lease,
  type Leased,
  type Limits,
  lost,
  nowhere,
  type Order,
  type Places,
  type Result,
  type StoredEvent,
  type Submission,
  type Submitted,
  silence,
  stepOf,
  type Told,
  tierOf,
  type Worker,
} from "./store.ts";

/** Of a model, in pg-boss, whose names are of few signs. */
const queueOf = (model: string): string =>
  `model-${createHash("sha256").update(model).digest("hex").slice(0, 24)}`;

/** The lock that brokers take against each other to make the tables. */
const schemaLock = 7201;

/** An end of the job that is in this state. */
interface Ended {
  readonly id: string;
  /** Of any try when it is missing. */
  readonly attempt?: number;
  readonly state: "APPROVED" | "RUNNING";
  readonly end: End;
}

export class PostgresStore implements JobStore {
  readonly limits: Limits;
  readonly #database: Database;
  readonly #queues = new Map<string, Promise<string>>();
  readonly #listeners = new Set<(told: Told) => void>();
  /** Its name among those that share the database; nothing when it has it alone. */
  readonly #mine: string | null;
  readonly #submitting = new Batches((jobs: readonly Submission[]) => this.#submit(jobs));
  readonly #settling = new Batches((ends: readonly Ended[]) =>
    this.#database.transaction((sql) => this.#end(sql, ends)).then((told) => this.#tell(told)),
  );

  private constructor(database: Database, limits: Partial<Limits>) {
    this.#database = database;
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

  async addKey({ id, hash, scope, name, tier }: Key): Promise<void> {
    const insert = "INSERT INTO nnsight_key (id, hash, scope, name, tier) VALUES ($1, $2, $3, $4, $5)";
    await this.#database.query(insert, [id, hash, scope, name, tier]);
  }

  async key(id: string): Promise<Key | undefined> {
    const [row] = await this.#database.query(
      "SELECT id, hash, scope, name, tier FROM nnsight_key WHERE id = $1",
      [id],
    );
    return row as unknown as Key | undefined;
  }

  async keys(): Promise<readonly Key[]> {
    return (await this.#database.query(
      "SELECT id, hash, scope, name, tier FROM nnsight_key ORDER BY made",
    )) as unknown as Key[];
  }

  async removeKey(id: string): Promise<boolean> {
    return (
      (await this.#database.query("DELETE FROM nnsight_key WHERE id = $1 RETURNING id", [id])).length > 0
    );
  }

  submit(job: Submission): Promise<Submitted> {
    return this.#submitting.ask(job);
  }

  async #submit(jobs: readonly Submission[]): Promise<Submitted[]> {
    const queues = new Map<string, string>();
    for (const { model } of jobs) queues.set(model, await this.#queue(model));
    const rows = await this.#database.transaction(async (sql) => {
      const asked = jobs.map(({ program, tier, ...job }) => {
        const limits = tierOf(this.limits, tier);
        const { waiting, daily } = limits;
        return { ...job, program: base64(program), step: stepOf(limits), waiting, daily };
      });
      const rows = await sql.query("SELECT * FROM nnsight_submit($1::json, $2, $3)", [
        JSON.stringify(asked),
        this.limits.queue,
        this.#mine,
      ]);
      for (const [model, queue] of queues) {
        const fresh = [...jobs.entries()].filter(([i, job]) => job.model === model && isNew(rows[i]!));
        if (fresh.length)
          await this.#database.boss.insert(
            queue,
            fresh.map(([i, { id, owner, tier }]) => ({
              id,
              data: {},
              priority: -Number(rows[i]!["o_turn"]),
              group: { id: owner, ...(tier && { tier }) },
              retryLimit: this.limits.attempts,
              retryDelay: 0,
              expireInSeconds: 23 * 3600,
            })),
            { db: bossIn(sql) },
          );
      }
      return rows;
    });
    for (const [i, { id, model }] of jobs.entries())
      if (isNew(rows[i]!)) {
        const time = (rows[i]!["o_time"] as Date).getTime();
        for (const [at, status] of (["RECEIVED", "APPROVED"] as const).entries())
          this.#say({
            job: id,
            model,
            status,
            event: { seq: at + 1, attempt: 0, status, text: texts[status], time },
          });
      }
    return rows.map((row) => row["o_answer"] as Submitted);
  }

  async job(id: string): Promise<Job | undefined> {
    const [row] = await this.#database.query(`SELECT ${columns} FROM nnsight_job WHERE id = $1`, [id]);
    return row && jobOf(row);
  }

  async jobs(latest: number): Promise<readonly Job[]> {
    return (
      await this.#database.query(`SELECT ${columns} FROM nnsight_job ORDER BY created DESC LIMIT $1`, [
        latest,
      ])
    ).map(jobOf);
  }

  async position(id: string): Promise<number> {
    const [row] = await this.#database.query(
      `SELECT count(*)::int AS before FROM nnsight_job one JOIN nnsight_job other ON other.model = one.model
       WHERE one.id = $1 AND one.status = 'APPROVED' AND other.status = 'APPROVED'
         AND (other.turn, other.created) < (one.turn, one.created)`,
      [id],
    );
    return Number(row!["before"]);
  }

  async events(id: string, after: number): Promise<readonly StoredEvent[]> {
    const rows = await this.#database.query(
      `SELECT e.*, CASE WHEN e.status = j.status AND j.ended IS NOT NULL THEN j.result END AS result,
         CASE WHEN e.status = j.status AND j.ended IS NOT NULL THEN j.made END AS made
       FROM nnsight_event e JOIN nnsight_job j ON j.id = e.job WHERE e.job = $1 AND e.seq > $2 ORDER BY e.seq`,
      [id, after],
    );
    return rows.map(eventOf);
  }

  async made(id: string): Promise<Uint8Array | undefined> {
    const [row] = await this.#database.query("SELECT made FROM nnsight_job WHERE id = $1", [id]);
    return (row?.["made"] as Uint8Array | null | undefined) ?? undefined;
  }

  async used(owner: string): Promise<number> {
    const [row] = await this.#database.query(
      "SELECT seconds FROM nnsight_usage WHERE owner = $1 AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date",
      [owner],
    );
    return Number(row?.["seconds"] ?? 0);
  }

  async waiting(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.query(
      "SELECT model, count(*)::int AS count FROM nnsight_job WHERE status = 'APPROVED' GROUP BY model",
    );
    return new Map(rows.map(({ model, count }) => [String(model), Number(count)]));
  }

  async queues(): Promise<ReadonlyMap<string, { readonly count: number; readonly oldest: number }>> {
    const rows = await this.#database.query(
      `SELECT model, count(*)::int AS count, extract(epoch FROM clock_timestamp() - min(created))::float8 AS oldest
       FROM nnsight_job WHERE status = 'APPROVED' GROUP BY model`,
    );
    return new Map(
      rows.map(({ model, count, oldest }) => [
        String(model),
        { count: Number(count), oldest: Number(oldest) },
      ]),
    );
  }

  async lease(models: readonly string[], most = 1): Promise<readonly Leased[]> {
    const leases: Leased[] = [];
    for (const model of models)
      if (leases.length < most)
        leases.push(...(await this.#leasesOf(model, await this.#queue(model), most - leases.length)));
    return leases;
  }

  async #leasesOf(model: string, queue: string, batchSize: number): Promise<Leased[]> {
    const rows = await this.#database.transaction(async (sql) => {
      const db = bossIn(sql);
      const { running } = this.limits;
      const tiers = Object.fromEntries(
        Object.keys(this.limits.tiers).map((name) => [name, tierOf(this.limits, name).running]),
      );
      const groupConcurrency = Object.keys(tiers).length ? { default: running, tiers } : running;
      const ids = (await this.#database.boss.fetch(queue, { batchSize, groupConcurrency, db })).map(
        ({ id }) => id,
      );
      if (ids.length === 0) return [];
      const rows = await sql.query("SELECT * FROM nnsight_lease($1::uuid[], $2)", [ids, this.#mine]);
      const gone = ids.filter((id) => !rows.some((row) => row["o_job"] === id));
      if (gone.length) await this.#database.boss.complete(queue, gone, null, { db });
      return ids.flatMap((id) => rows.filter((row) => row["o_job"] === id));
    });
    return rows.map((row) => {
      const { o_job, o_attempt, o_hash, o_program, o_seq, o_time } = row as Row & { readonly o_time: Date };
      const [job, attempt, status] = [String(o_job), Number(o_attempt), "RUNNING" as const];
      const event = { seq: Number(o_seq), attempt, status, text: texts[status], time: o_time.getTime() };
      this.#say({ job, model, status, event });
      const program = o_program ? { program: o_program as Uint8Array } : {};
      return { job, model, attempt, hash: String(o_hash), ...program };
    });
  }

  async beat({ job, attempt }: Lease): Promise<Order> {
    const [row] = await this.#database.query(
      `UPDATE nnsight_job SET beat = clock_timestamp() WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' RETURNING cancelled`,
      [job, attempt],
    );
    if (!row) return "lost";
    return row["cancelled"] ? "cancel" : "go";
  }

  async log({ job, attempt }: Lease, lines: readonly string[]): Promise<boolean> {
    const told = await this.#database.transaction(async (sql) => {
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
    const told = await this.#database.query(
      "UPDATE nnsight_job SET cancelled = true WHERE id = $1 AND status = 'RUNNING' RETURNING id",
      [id],
    );
    return told.length > 0;
  }

  async expire(): Promise<void> {
    const told = await this.#database.transaction(async (sql) => {
      const late = await sql.query(
        `SELECT id, attempt, model, cancelled FROM nnsight_job WHERE status = 'RUNNING' AND beat < clock_timestamp() - make_interval(secs => $1)
         FOR UPDATE SKIP LOCKED`,
        [this.limits.lease],
      );
      const told: Told[] = [];
      const ends: Ended[] = [];
      for (const row of late) {
        const { id, attempt, model } = row as { id: string; attempt: number; model: string };
        if (row["cancelled"])
          ends.push({ id, state: "RUNNING", end: { status: "CANCELLED", text: texts.CANCELLED } });
        else if (attempt >= this.limits.attempts)
          ends.push({ id, state: "RUNNING", end: { status: "ERROR", text: lost.message, problem: lost } });
        else {
          await sql.query("UPDATE nnsight_job SET status = 'APPROVED' WHERE id = $1", [id]);
          told.push(await this.#add(sql, { job: id, model, status: "APPROVED" }, attempt, texts.APPROVED));
          await this.#database.boss.fail(await this.#queue(model), id, null, { db: bossIn(sql) });
        }
      }
      return [...told, ...(ends.length ? await this.#end(sql, ends) : []).filter((one) => one !== undefined)];
    });
    for (const one of told) this.#say(one);
  }

  async prune(before: number): Promise<readonly string[]> {
    return this.#database.transaction(async (sql) => {
      const gone = await sql.query(
        "DELETE FROM nnsight_job WHERE ended < to_timestamp($1::float8 / 1000) RETURNING hash, result->>'sha256' AS made",
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
  }

  async seen(worker: string, models: readonly string[], places?: Places): Promise<boolean> {
    const told = await this.#database.query(
      "DELETE FROM nnsight_worker WHERE name = $1 AND drained RETURNING name",
      [worker],
    );
    if (told.length) return true;
    await this.#database.query(
      `INSERT INTO nnsight_worker (name, models, places, seen) VALUES ($1, $2::jsonb, coalesce($3::jsonb, '{}'), clock_timestamp())
       ON CONFLICT (name) DO UPDATE SET models = EXCLUDED.models, places = coalesce($3::jsonb, nnsight_worker.places), seen = EXCLUDED.seen`,
      [worker, JSON.stringify(models), places ? JSON.stringify(places) : null],
    );
    return false;
  }

  async workers(): Promise<readonly Worker[]> {
    const rows = await this.#database.query(
      `SELECT * FROM nnsight_worker WHERE seen > clock_timestamp() - make_interval(secs => $1) ORDER BY name`,
      [silence / 1000],
    );
    return rows.map(({ name, models, places, seen, drained }) => ({
      ...nowhere,
      ...(places as Partial<Places>),
      name: String(name),
      models: models as string[],
      seen: (seen as Date).getTime(),
      drained: Boolean(drained),
    }));
  }

  async drain(worker: string): Promise<boolean> {
    const update = "UPDATE nnsight_worker SET drained = true WHERE name = $1 RETURNING name";
    return (await this.#database.query(update, [worker])).length > 0;
  }

  listen(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** What became of each: nothing for one that was not in its state. */
  async #end(sql: Sql, ends: readonly Ended[]): Promise<(Told | undefined)[]> {
    const asked = ends.map(({ end: { made, ...end }, ...one }, n) => ({
      ...one,
      ...end,
      n,
      made: base64(made),
    }));
    const rows = await sql.query("SELECT * FROM nnsight_settle($1::json, $2)", [
      JSON.stringify(asked),
      this.#mine,
    ]);
    const models = Map.groupBy(rows, (row) => String(row["o_model"]));
    for (const [model, some] of models) {
      const ids = some.map((row) => String(row["o_job"]));
      await this.#database.boss.deleteJob(await this.#queue(model), ids, { db: bossIn(sql) });
    }
    const taken = new Set<Row>();
    return ends.map(({ id, attempt: tried, end: { status, text, problem, result, made } }) => {
      const isOwn = (row: Row): boolean =>
        row["o_job"] === id && (tried ?? row["o_attempt"]) === row["o_attempt"] && !taken.has(row);
      const row = rows.find(isOwn);
      if (!row) return undefined;
      taken.add(row);
      const [seq, attempt] = [Number(row["o_seq"]), Number(row["o_attempt"])];
      const event = {
        ...{ seq, attempt, status, text, time: (row["o_time"] as Date).getTime() },
        ...(problem && { problem }),
        ...(result && { result }),
        ...(made && { made }),
      };
      return { job: id, model: String(row["o_model"]), status, event, age: Number(row["o_age"]) };
    });
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
      await this.#database.boss.createQueue(name, { policy: "standard" });
      await this.#database.boss.findJobs(name, { id: "00000000-0000-0000-0000-000000000000" });
      return name;
    };
    const known = this.#queues.get(model) ?? made();
    this.#queues.set(model, known);
    known.catch(() => this.#queues.delete(model));
    return known;
  }
}

const bossIn = (sql: Sql) => ({
  executeSql: async (text: string, values?: unknown[]) => ({ rows: await sql.query(text, values) }),
});

/** Of a job, without the bytes of its program and result. */
const columns = "id, owner, model, hash, status, attempt, created, result, problem";

const isNew = (row: Row): boolean => row["o_answer"] === "new";

const base64 = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");

async function migrate(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query("SELECT pg_advisory_xact_lock($1)", [schemaLock]);
    await sql.query("CREATE TABLE IF NOT EXISTS nnsight_schema (version int NOT NULL)");
    const [row] = await sql.query("SELECT max(version) AS version FROM nnsight_schema");
    for (const [i, step] of steps.entries())
      if (i >= Number(row?.["version"] ?? 0)) {
        for (const one of step) await sql.query(one);
        await sql.query("INSERT INTO nnsight_schema VALUES ($1)", [i + 1]);
      }
  });
}

function jobOf(row: Row): Job {
  const { id, owner, model, hash, status, attempt, created, result, problem } = row;
  return {
    id: String(id),
    owner: String(owner),
    model: String(model),
    hash: String(hash),
    status: status as Job["status"],
    attempt: Number(attempt),
    created: (created as Date).getTime(),
    ...(result ? { result: result as Result } : {}),
    ...(problem ? { problem: problem as Problem } : {}),
  };
}

function eventOf({ seq, attempt, status, text, time, problem, result, made }: Row): StoredEvent {
  const said = String(text);
  return {
    seq: Number(seq),
    attempt: Number(attempt),
    status: status as Status,
    // States of their own words are kept without them.
    text: said || ((texts as Readonly<Record<string, string>>)[String(status)] ?? ""),
    time: (time as Date).getTime(),
    ...(problem ? { problem: problem as Problem } : {}),
    ...(result ? { result: result as Result } : {}),
    ...(made ? { made: made as Uint8Array } : {}),
  };
}
