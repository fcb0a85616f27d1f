/** What is asked of the tables, and no step of a job: keys, workers, and what became of jobs. */
import type { Key } from "../keys.ts";
import { bytesOf, columns, eventOf, jobOf } from "./rows.ts";
import type { Database } from "./sql.ts";
import { type Job, nowhere, type Places, type StoredEvent, silence, type Worker } from "./store.ts";

export class Tables {
  constructor(protected readonly database: Database) {}

  async addKey({ id, hash, scope, name, tier }: Key): Promise<void> {
    const insert = "INSERT INTO nnsight_key (id, hash, scope, name, tier) VALUES ($1, $2, $3, $4, $5)";
    await this.database.query(insert, [id, hash, scope, name, tier]);
  }

  async key(id: string): Promise<Key | undefined> {
    const [row] = await this.database.query(
      "SELECT id, hash, scope, name, tier FROM nnsight_key WHERE id = $1",
      [id],
    );
    return row as unknown as Key | undefined;
  }

  async keys(): Promise<readonly Key[]> {
    return (await this.database.query(
      "SELECT id, hash, scope, name, tier FROM nnsight_key ORDER BY made",
    )) as unknown as Key[];
  }

  async removeKey(id: string): Promise<boolean> {
    return (await this.database.query("DELETE FROM nnsight_key WHERE id = $1 RETURNING id", [id])).length > 0;
  }

  async job(id: string): Promise<Job | undefined> {
    const [row] = await this.database.query(`SELECT ${columns} FROM nnsight_job WHERE id = $1`, [id]);
    return row && jobOf(row);
  }

  async jobs(latest: number): Promise<readonly Job[]> {
    return (
      await this.database.query(`SELECT ${columns} FROM nnsight_job ORDER BY created DESC LIMIT $1`, [latest])
    ).map(jobOf);
  }

  async position(id: string): Promise<number> {
    const [row] = await this.database.query(
      `SELECT count(*)::int AS before FROM nnsight_job one JOIN nnsight_job other ON other.model = one.model
       WHERE one.id = $1 AND one.status = 'APPROVED' AND other.status = 'APPROVED'
         AND (other.turn, other.created) < (one.turn, one.created)`,
      [id],
    );
    return Number(row!["before"]);
  }

  async events(id: string, after: number): Promise<readonly StoredEvent[]> {
    const rows = await this.database.query(
      `SELECT e.*, CASE WHEN e.status = j.status AND j.ended IS NOT NULL THEN j.result END AS result,
         CASE WHEN e.status = j.status AND j.ended IS NOT NULL THEN encode(j.made, 'base64') END AS made
       FROM nnsight_event e JOIN nnsight_job j ON j.id = e.job WHERE e.job = $1 AND e.seq > $2 ORDER BY e.seq`,
      [id, after],
    );
    return rows.map(eventOf);
  }

  async made(id: string): Promise<Uint8Array | undefined> {
    const [row] = await this.database.query(
      "SELECT encode(made, 'base64') AS made FROM nnsight_job WHERE id = $1",
      [id],
    );
    const made = row?.["made"];
    return typeof made === "string" ? bytesOf(made) : undefined;
  }

  async used(owner: string): Promise<number> {
    const [row] = await this.database.query(
      "SELECT seconds FROM nnsight_usage WHERE owner = $1 AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date",
      [owner],
    );
    return Number(row?.["seconds"] ?? 0);
  }

  async waiting(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.query(
      "SELECT model, count(*)::int AS count FROM nnsight_job WHERE status = 'APPROVED' GROUP BY model",
    );
    return new Map(rows.map(({ model, count }) => [String(model), Number(count)]));
  }

  async queues(): Promise<ReadonlyMap<string, { readonly count: number; readonly oldest: number }>> {
    const rows = await this.database.query(
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

  async seen(worker: string, models: readonly string[], places?: Places): Promise<boolean> {
    const told = await this.database.query(
      "DELETE FROM nnsight_worker WHERE name = $1 AND drained RETURNING name",
      [worker],
    );
    if (told.length) return true;
    await this.database.query(
      `INSERT INTO nnsight_worker (name, models, places, seen) VALUES ($1, $2::jsonb, coalesce($3::jsonb, '{}'), clock_timestamp())
       ON CONFLICT (name) DO UPDATE SET models = EXCLUDED.models, places = coalesce($3::jsonb, nnsight_worker.places), seen = EXCLUDED.seen`,
      [worker, JSON.stringify(models), places ? JSON.stringify(places) : null],
    );
    return false;
  }

  async workers(): Promise<readonly Worker[]> {
    const rows = await this.database.query(
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
    return (await this.database.query(update, [worker])).length > 0;
  }
}
