/** A PostgreSQL to ask: a server, or PGlite in this process. */
import { createHash } from "node:crypto";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { Client, Pool } from "pg";
import { type ConstructorOptions, fromPglite, PgBoss } from "pg-boss";

export type Row = Record<string, unknown>;

export interface Sql {
  query(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Sql {
  /** All of it or nothing. */
  transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T>;
  readonly boss: PgBoss;
  /** Whether others may have it open, too. */
  readonly shared: boolean;
  /** Gives the room of rows that are gone to others, where nothing does so by itself. */
  tidy(): Promise<void>;
  /** Told of what others note. */
  listen(told: (text: string) => void): Promise<void>;
  close(): Promise<void>;
}

const schema = "nnsight_queue";
const channel = "nnsight_job";

/** Quiet, as jobs are expired by the service itself. */
const common: ConstructorOptions = { schema, schedule: false, monitorIntervalSeconds: 60 };

async function begun(boss: PgBoss): Promise<PgBoss> {
  boss.on("error", () => undefined);
  await boss.start();
  return boss;
}

/** Statements that are asked again and again are planned once: by a name, which their text gives. */
const names = new Map<string, string>();
const mostNames = 300;

function nameOf(text: string): string | undefined {
  let name = names.get(text);
  if (name === undefined && names.size < mostNames)
    names.set(text, (name = `n${createHash("sha256").update(text).digest("hex").slice(0, 32)}`));
  return name;
}

function prepared(text: string, values: readonly unknown[]) {
  const name = values.length ? nameOf(text) : undefined;
  return { ...(name && { name }), text, values: [...values] };
}

/** A value as it is written within a statement; nothing for one of another kind. */
function literal(value: unknown): string | undefined {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) return undefined;
  return literal(`{${value.map((one) => `"${one.replaceAll(/["\\]/g, "\\$&")}"`).join()}}`);
}

const ignore = (): void => undefined;

/** @param url `postgres://user:password@host:port/database` */
export async function openServer(url: string): Promise<Database> {
  const pool = new Pool({ connectionString: url, max: 10, pipeline: true });
  // The pool makes new connections by itself; queries that failed say so themselves.
  pool.on("error", () => undefined);
  const boss = await begun(new PgBoss({ ...common, connectionString: url, max: 5 }));
  let listener: Client | undefined;
  let closed = false;
  return {
    boss,
    shared: true,
    query: async (text, values = []) => (await pool.query(prepared(text, values))).rows as Row[],
    async transaction(run) {
      const client = await pool.connect();
      // A server that goes away in the midst of it fails the query; unheard, it would end the process.
      client.on("error", ignore);
      let broken = false;
      try {
        // It goes out together with what follows.
        const begun = client.query("BEGIN");
        begun.catch(ignore);
        const made = await run({
          query: async (text, values = []) => (await client.query(prepared(text, values))).rows as Row[],
        });
        await begun;
        await client.query("COMMIT");
        return made;
      } catch (error) {
        broken = await client.query("ROLLBACK").then(
          () => false,
          () => true,
        );
        throw error;
      } finally {
        client.off("error", ignore);
        client.release(broken);
      }
    },
    // A server has autovacuum.
    tidy: async () => undefined,
    async listen(told) {
      const connect = async (): Promise<void> => {
        const client = new Client({ connectionString: url });
        const again = (): void => {
          if (listener !== client && listener) return;
          listener = undefined;
          if (!closed) setTimeout(() => void connect().catch(again), 500).unref();
        };
        client.on("error", again);
        client.on("notification", ({ payload }) => told(payload ?? ""));
        await client.connect();
        await client.query(`LISTEN ${channel}`);
        listener = client;
      };
      await connect();
    },
    async close() {
      closed = true;
      await listener?.end();
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}

/** @param folder for its files; none to keep all in memory */
export async function openPglite(folder?: string): Promise<Database> {
  const pglite = await PGlite.create(folder ? { dataDir: folder } : {});
  const boss = await begun(new PgBoss({ ...common, db: fromPglite(pglite), backend: "pglite" }));
  const known = new Set<string>();
  // Here, too, planning is most of the work: a statement is prepared once, then run by its name.
  const of = (one: PGlite | Transaction): Sql => ({
    async query(text, values = []) {
      const literals = values.map(literal);
      const name = literals.includes(undefined) || values.length === 0 ? undefined : nameOf(text);
      if (!name) return (await one.query(text, [...values])).rows as Row[];
      if (!known.has(name)) await one.exec(`PREPARE ${name} AS ${text}`);
      known.add(name);
      return (await one.exec(`EXECUTE ${name} (${literals.join()})`))[0]!.rows as Row[];
    },
  });
  return {
    boss,
    shared: false,
    ...of(pglite),
    transaction: (run) => pglite.transaction((one) => run(of(one))) as never,
    async tidy() {
      const { rows } = await pglite.query<{ name: string }>(
        "SELECT relid::regclass::text AS name FROM pg_stat_user_tables WHERE n_dead_tup > 1000 + n_live_tup / 5",
      );
      for (const { name } of rows) await pglite.exec(`VACUUM ${name}`);
    },
    listen: async () => undefined,
    async close() {
      await boss.stop({ graceful: false });
      await pglite.close();
    },
  };
}
