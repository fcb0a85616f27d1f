/** Jobs that begin: pg-boss picks them, our rows say that they run, in one question. */
import { texts } from "nnsight-ts/remote";
import { bossIn, bytesOf } from "./rows.ts";
import type { Database, Row, Sql } from "./sql.ts";
import { type Leased, type Limits, type Told, tierOf } from "./store.ts";

/** A job that runs from now on, and what there is to tell of that. */
export interface Begun {
  readonly lease: Leased;
  readonly told: Told;
}

export interface Wanted {
  readonly model: string;
  /** Its name in pg-boss. */
  readonly queue: string;
  readonly most: number;
}

/**
 * The next jobs of a model, in the turn of their owners.
 * @param mine the name of who asks, as it is told to others
 */
export async function begunIn(
  { boss }: Database,
  sql: Sql,
  { model, queue, most }: Wanted,
  limits: Limits,
  mine: string | null,
): Promise<Begun[]> {
  let rows: Row[] = [];
  // What pg-boss takes is leased in the same statement, so that there is one way to the database and back.
  const leasing = {
    async executeSql(text: string, values: unknown[] = []) {
      rows = await sql.query(
        `WITH taken AS (${text}) SELECT taken.id, o_job, o_attempt, o_hash, encode(o_program, 'base64') AS o_program, o_turn, o_created, o_seq, o_time
         FROM taken LEFT JOIN nnsight_lease(ARRAY(SELECT id FROM taken), $${values.length + 1}) ON o_job = taken.id`,
        [...values, mine],
      );
      return { rows: [] };
    },
  };
  const tiers = Object.fromEntries(
    Object.keys(limits.tiers).map((name) => [name, tierOf(limits, name).running]),
  );
  const groupConcurrency = Object.keys(tiers).length ? { default: limits.running, tiers } : limits.running;
  await boss.fetch(queue, { batchSize: most, groupConcurrency, db: leasing });
  const gone = rows.filter((row) => row["o_job"] === null).map(({ id }) => String(id));
  if (gone.length) await boss.complete(queue, gone, null, { db: bossIn(sql) });
  return rows
    .filter((row) => row["o_job"] !== null)
    .toSorted(
      (a, b) => Number(a["o_turn"]) - Number(b["o_turn"]) || Number(a["o_created"]) - Number(b["o_created"]),
    )
    .map((row) => begunOf(model, row));
}

function begunOf(model: string, row: Row): Begun {
  const { o_job, o_attempt, o_hash, o_program, o_seq, o_time } = row as Row & { readonly o_time: Date };
  const [job, attempt, status] = [String(o_job), Number(o_attempt), "RUNNING" as const];
  const program = o_program ? { program: bytesOf(o_program) } : {};
  const event = { seq: Number(o_seq), attempt, status, text: texts[status], time: o_time.getTime() };
  return {
    lease: { job, model, attempt, hash: String(o_hash), ...program },
    told: { job, model, status, event },
  };
}
