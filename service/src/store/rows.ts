/** Rows of the tables as what they stand for. */
import { type Problem, type Status, texts } from "nnsight-ts/remote";
import type { Row, Sql } from "./sql.ts";
import type { Job, Result, StoredEvent } from "./store.ts";

/** pg-boss within a transaction of ours. */
export const bossIn = (sql: Sql) => ({
  executeSql: async (text: string, values?: unknown[]) => ({ rows: await sql.query(text, values) }),
});

/** Of a job, without the bytes of its program and result. */
export const columns = "id, owner, model, hash, status, attempt, created, result, problem";

export const isNew = (row: Row): boolean => row["o_answer"] === "new";

/**
 * The bytes of several rows as one text, and which stretch of it is whose, counted from 1.
 * Bytes come and go as base64: what PGlite does with its own form of bytes takes twenty times as long.
 */
export function gathered(parts: readonly (Uint8Array | undefined)[]) {
  let end = 1;
  const stretches = parts.map((part) => {
    if (!part) return {};
    const at = end;
    end += part.length;
    return { at, size: part.length };
  });
  const text = Buffer.concat(parts.filter((part) => part !== undefined)).toString("base64");
  return { text, stretches };
}

export const bytesOf = (text: unknown): Uint8Array => new Uint8Array(Buffer.from(String(text), "base64"));

export function jobOf(row: Row): Job {
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

export function eventOf({ seq, attempt, status, text, time, problem, result, made }: Row): StoredEvent {
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
    ...(made ? { made: bytesOf(made) } : {}),
  };
}
