/** Ends of jobs, several in one question: each is written once, by who has the job. */
import { gathered } from "./rows.ts";
import type { Row, Sql } from "./sql.ts";
import type { End, Told } from "./store.ts";

/** An end of the job that is in this state. */
export interface Ended {
  readonly id: string;
  /** Of any try when it is missing. */
  readonly attempt?: number;
  readonly state: "APPROVED" | "RUNNING";
  readonly end: End;
}

/**
 * Writes them; what there is to tell of each, nothing of one that was not in its state.
 * @param mine the name of who asks, as it is told to others
 */
export async function endedIn(
  sql: Sql,
  ends: readonly Ended[],
  mine: string | null,
): Promise<(Told | undefined)[]> {
  const { text, stretches } = gathered(ends.map(({ end }) => end.made));
  const asked = ends.map(({ end: { made: _, ...end }, ...one }, n) => ({
    ...{ ...one, ...end, n },
    ...stretches[n],
  }));
  const rows = await sql.query("SELECT * FROM nnsight_settle($1::json, $2, $3)", [
    ...[JSON.stringify(asked), text, mine],
  ]);
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
