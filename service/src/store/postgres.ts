/** Jobs in PostgreSQL. pg-boss says whose turn it is and hands each job to one worker; our own row says what became of it. */
import { createHash } from "node:crypto";
import { type JobEvent, type Problem, type Status, texts } from "nnsight-ts/remote";
import type { Key } from "../keys.ts";
import { steps } from "./schema.ts";
import { type Database, notice, type Row, type Sql } from "./sql.ts";
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
  type Result,
  type Submitted,
  silence,
  type Worker,
} from "./store.ts";

/** Of a model, in pg-boss, whose names are of few signs. */
const queueOf = (model: string): string =>
  `model-${createHash("sha256").update(model).digest("hex").slice(0, 24)}`;

/** One number for each lock that brokers take against each other. */
const locks = { schema: 7201, submit: 7202 };

export class PostgresStore implements JobStore {
  readonly #database: Database;
  readonly #limits: Limits;
  readonly #queues = new Map<string, Promise<string>>();
  readonly #listeners = new Set<(job: string) => void>();

  private constructor(database: Database, limits: Partial<Limits>) {
    this.#database = database;
    this.#limits = { ...defaultLimits, ...limits };
  }

  static async open(database: Database, limits: Partial<Limits> = {}): Promise<PostgresStore> {
    await migrate(database);
    const store = new PostgresStore(database, limits);
    await database.listen((job) => {
      for (const listener of store.#listeners) listener(job);
    });
    return store;
  }

  async addKey({ id, hash, scope, name }: Key): Promise<void> {
    const insert = "INSERT INTO nnsight_key (id, hash, scope, name) VALUES ($1, $2, $3, $4)";
    await this.#database.query(insert, [id, hash, scope, name]);
  }

  async key(id: string): Promise<Key | undefined> {
    const [row] = await this.#database.query("SELECT id, hash, scope, name FROM nnsight_key WHERE id = $1", [
      id,
    ]);
    return row as unknown as Key | undefined;
  }

  async keys(): Promise<readonly Key[]> {
    return (await this.#database.query(
      "SELECT id, hash, scope, name FROM nnsight_key ORDER BY made",
    )) as unknown as Key[];
  }

  async removeKey(id: string): Promise<boolean> {
    return (
      (await this.#database.query("DELETE FROM nnsight_key WHERE id = $1 RETURNING id", [id])).length > 0
    );
  }

  async submit({ id, owner, model, hash }: NewJob): Promise<Submitted> {
    const queue = await this.#queue(model);
    return this.#database.transaction(async (sql): Promise<Submitted> => {
      // Those of one key go one after the other, so that its limit holds.
      await sql.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [locks.submit, owner]);
      const [known] = await sql.query("SELECT hash, owner FROM nnsight_job WHERE id = $1", [id]);
      if (known) return known["hash"] === hash && known["owner"] === owner ? "same" : "other";
      const [counts] = await sql.query(
        `SELECT count(*) FILTER (WHERE owner = $1)::int AS own, count(*) FILTER (WHERE model = $2)::int AS queue,
                (SELECT max(turn) FROM nnsight_job WHERE model = $2 AND owner = $1) AS last,
                (SELECT max(turn) FROM nnsight_job WHERE model = $2 AND attempt > 0) AS now
         FROM nnsight_job WHERE status = 'APPROVED'`,
        [owner, model],
      );
      const { own, queue: waiting, last, now } = counts as Record<string, number | null>;
      if (Number(own) >= this.#limits.waiting) return "key full";
      if (Number(waiting) >= this.#limits.queue) return "model full";
      const turn = Math.max(Number(now ?? 0), Number(last ?? -1) + 1);
      await sql.query(
        `INSERT INTO nnsight_job (id, owner, model, hash, status, turn) VALUES ($1, $2, $3, $4, 'APPROVED', $5)`,
        [id, owner, model, hash, turn],
      );
      await add(sql, id, 0, "RECEIVED", texts.RECEIVED);
      await add(sql, id, 0, "APPROVED", texts.APPROVED);
      await this.#database.boss.send(
        queue,
        {},
        {
          id,
          // Each key's jobs count on from the turn that is being run, so that all keys come in turn.
          priority: -turn,
          group: { id: owner },
          retryLimit: this.#limits.attempts,
          retryDelay: 0,
          expireInSeconds: 23 * 3600,
          db: bossIn(sql),
        },
      );
      await sql.query(notice, [id]);
      return "new";
    });
  }

  async job(id: string): Promise<Job | undefined> {
    const [row] = await this.#database.query("SELECT * FROM nnsight_job WHERE id = $1", [id]);
    return row && jobOf(row);
  }

  async jobs(latest: number): Promise<readonly Job[]> {
    return (
      await this.#database.query("SELECT * FROM nnsight_job ORDER BY created DESC LIMIT $1", [latest])
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

  async events(id: string, after: number): Promise<readonly JobEvent[]> {
    const select = "SELECT * FROM nnsight_event WHERE job = $1 AND seq > $2 ORDER BY seq";
    return (await this.#database.query(select, [id, after])).map(eventOf);
  }

  async waiting(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.query(
      "SELECT model, count(*)::int AS count FROM nnsight_job WHERE status = 'APPROVED' GROUP BY model",
    );
    return new Map(rows.map(({ model, count }) => [String(model), Number(count)]));
  }

  async lease(models: readonly string[]): Promise<Lease | undefined> {
    for (const model of models) {
      const lease = await this.#leaseOf(model, await this.#queue(model));
      if (lease) return lease;
    }
    return undefined;
  }

  #leaseOf(model: string, queue: string): Promise<Lease | undefined> {
    return this.#database.transaction(async (sql) => {
      const options = { groupConcurrency: this.#limits.running, db: bossIn(sql) };
      for (const one of await this.#database.boss.fetch(queue, options)) {
        const [row] = await sql.query(
          `UPDATE nnsight_job SET status = 'RUNNING', attempt = attempt + 1, beat = clock_timestamp()
           WHERE id = $1 AND status = 'APPROVED' RETURNING attempt`,
          [one.id],
        );
        if (!row) {
          await this.#database.boss.complete(queue, one.id, null, { db: bossIn(sql) });
          continue;
        }
        const attempt = Number(row["attempt"]);
        await add(sql, one.id, attempt, "RUNNING", texts.RUNNING);
        await sql.query(notice, [one.id]);
        return { job: one.id, model, attempt };
      }
      return undefined;
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
    return this.#database.transaction(async (sql) => {
      const held = await sql.query(
        "SELECT id FROM nnsight_job WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' FOR UPDATE",
        [job, attempt],
      );
      if (held.length === 0) return false;
      for (const line of lines) await add(sql, job, attempt, "LOG", line);
      await sql.query(notice, [job]);
      return true;
    });
  }

  async settle({ job, attempt }: Lease, end: End): Promise<boolean> {
    return this.#database.transaction((sql) =>
      this.#end(sql, end, "id = $1 AND attempt = $2 AND status = 'RUNNING'", [job, attempt]),
    );
  }

  async cancel(id: string): Promise<boolean> {
    return this.#database.transaction(async (sql) => {
      const end = { status: "CANCELLED", text: texts.CANCELLED } as const;
      if (await this.#end(sql, end, "id = $1 AND status = 'APPROVED'", [id])) return true;
      const told = await sql.query(
        "UPDATE nnsight_job SET cancelled = true WHERE id = $1 AND status = 'RUNNING' RETURNING id",
        [id],
      );
      return told.length > 0;
    });
  }

  async expire(): Promise<void> {
    await this.#database.transaction(async (sql) => {
      const late = await sql.query(
        `SELECT * FROM nnsight_job WHERE status = 'RUNNING' AND beat < clock_timestamp() - make_interval(secs => $1)
         FOR UPDATE SKIP LOCKED`,
        [this.#limits.lease],
      );
      for (const row of late) {
        const { id, attempt, model } = jobOf(row);
        const where = "id = $1 AND status = 'RUNNING'";
        if (row["cancelled"])
          await this.#end(sql, { status: "CANCELLED", text: texts.CANCELLED }, where, [id]);
        else if (attempt >= this.#limits.attempts)
          await this.#end(sql, { status: "ERROR", text: lost.message, problem: lost }, where, [id]);
        else {
          await sql.query("UPDATE nnsight_job SET status = 'APPROVED' WHERE id = $1", [id]);
          await add(sql, id, attempt, "APPROVED", texts.APPROVED);
          await this.#database.boss.fail(await this.#queue(model), id, null, { db: bossIn(sql) });
          await sql.query(notice, [id]);
        }
      }
    });
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

  async seen(worker: string, models: readonly string[]): Promise<boolean> {
    const told = await this.#database.query(
      "DELETE FROM nnsight_worker WHERE name = $1 AND drained RETURNING name",
      [worker],
    );
    if (told.length) return true;
    await this.#database.query(
      `INSERT INTO nnsight_worker (name, models, seen) VALUES ($1, $2::jsonb, clock_timestamp())
       ON CONFLICT (name) DO UPDATE SET models = EXCLUDED.models, seen = EXCLUDED.seen`,
      [worker, JSON.stringify(models)],
    );
    return false;
  }

  async workers(): Promise<readonly Worker[]> {
    const rows = await this.#database.query(
      `SELECT * FROM nnsight_worker WHERE seen > clock_timestamp() - make_interval(secs => $1) ORDER BY name`,
      [silence / 1000],
    );
    return rows.map(({ name, models, seen, drained }) => ({
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

  listen(listener: (job: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** Ends the job that is in this state; false when there is none. */
  async #end(sql: Sql, end: End, where: string, values: readonly unknown[]): Promise<boolean> {
    const { status, text, result, problem } = end;
    const [row] = await sql.query(
      `UPDATE nnsight_job SET status = $${values.length + 1}, ended = clock_timestamp(), result = $${values.length + 2}::jsonb,
         problem = $${values.length + 3}::jsonb WHERE ${where} RETURNING id, attempt, model`,
      [...values, status, json(result), json(problem)],
    );
    if (!row) return false;
    const { id, attempt, model } = row as { id: string; attempt: number; model: string };
    await add(sql, id, attempt, status, text, problem);
    await this.#database.boss.deleteJob(await this.#queue(model), id, { db: bossIn(sql) });
    await sql.query(notice, [id]);
    return true;
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

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

async function add(
  sql: Sql,
  job: string,
  attempt: number,
  status: Status,
  text: string,
  problem?: Problem,
): Promise<void> {
  await sql.query(
    `INSERT INTO nnsight_event (job, seq, attempt, status, text, problem)
     SELECT $1::uuid, coalesce(max(seq), 0) + 1, $2::int, $3::text, $4::text, $5::jsonb FROM nnsight_event WHERE job = $1::uuid`,
    [job, attempt, status, text, json(problem)],
  );
}

async function migrate(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query("SELECT pg_advisory_xact_lock($1)", [locks.schema]);
    await sql.query("CREATE TABLE IF NOT EXISTS nnsight_schema (version int NOT NULL)");
    const [row] = await sql.query("SELECT max(version) AS version FROM nnsight_schema");
    for (const [i, step] of steps.entries())
      if (i >= Number(row?.["version"] ?? 0)) {
        for (const one of step.split(";")) if (one.trim()) await sql.query(one);
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

function eventOf({ seq, attempt, status, text, time, problem }: Row): JobEvent {
  return {
    seq: Number(seq),
    attempt: Number(attempt),
    status: status as Status,
    text: String(text),
    time: (time as Date).getTime(),
    ...(problem ? { problem: problem as Problem } : {}),
  };
}
