/** The tables of the service; pg-boss keeps its own beside them. Each step is run once, in order. */
import { functions } from "./functions.ts";
import type { Database } from "./sql.ts";

export const steps: readonly (readonly string[])[] = [
  [
    `CREATE TABLE nnsight_key (
       id text PRIMARY KEY, hash text NOT NULL, scope text NOT NULL, name text NOT NULL, made timestamptz NOT NULL DEFAULT now())`,
    `CREATE TABLE nnsight_job (
       id uuid PRIMARY KEY, owner text NOT NULL, model text NOT NULL, hash text NOT NULL,
       status text NOT NULL, attempt int NOT NULL DEFAULT 0, turn int NOT NULL, cancelled boolean NOT NULL DEFAULT false,
       created timestamptz NOT NULL DEFAULT clock_timestamp(), beat timestamptz, ended timestamptz, result jsonb, problem jsonb)`,
    `CREATE INDEX nnsight_job_open ON nnsight_job (status, model, turn, created) WHERE status IN ('APPROVED', 'RUNNING')`,
    `CREATE INDEX nnsight_job_ended ON nnsight_job (ended) WHERE ended IS NOT NULL`,
    `CREATE TABLE nnsight_event (
       job uuid NOT NULL REFERENCES nnsight_job ON DELETE CASCADE, seq int NOT NULL, attempt int NOT NULL, status text NOT NULL,
       text text NOT NULL, time timestamptz NOT NULL DEFAULT clock_timestamp(), problem jsonb, PRIMARY KEY (job, seq))`,
  ],
  [
    `CREATE TABLE nnsight_worker (
       name text PRIMARY KEY, models jsonb NOT NULL, seen timestamptz NOT NULL, drained boolean NOT NULL DEFAULT false)`,
    `CREATE INDEX nnsight_job_turn ON nnsight_job (model, owner, turn)`,
    `CREATE INDEX nnsight_job_now ON nnsight_job (model, turn) WHERE attempt > 0`,
  ],
  [
    // Small programs and results stand here, so that they cost no file.
    `ALTER TABLE nnsight_job ADD COLUMN program bytea, ADD COLUMN made bytea`,
    `ALTER TABLE nnsight_key ADD COLUMN tier text NOT NULL DEFAULT 'standard'`,
    `ALTER TABLE nnsight_worker ADD COLUMN places jsonb NOT NULL DEFAULT '{}'`,
    `CREATE TABLE nnsight_usage (owner text NOT NULL, day date NOT NULL, seconds float8 NOT NULL, PRIMARY KEY (owner, day))`,
  ],
  [
    // Events are written with their job and forgotten with it; to look for the job each time is a third of a submission on PGlite.
    `ALTER TABLE nnsight_event DROP CONSTRAINT IF EXISTS nnsight_event_job_fkey`,
    // What does not become smaller is not tried.
    `ALTER TABLE nnsight_job ALTER program SET STORAGE EXTERNAL, ALTER made SET STORAGE EXTERNAL`,
  ],
  // The functions of before: those of now come last.
  [],
  functions,
];

/** The lock that brokers take against each other to make the tables. */
const schemaLock = 7201;

export async function migrate(database: Database): Promise<void> {
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
