/** The cells that have run, in this session and in earlier ones: one SQLite file for all kernels of the user. */
import { mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { type System, userDataFolder } from "./jupyterFolders.ts";

export interface HistoryEntry {
  readonly count: number;
  readonly code: string;
  readonly output: string | null;
}

export interface HistoryRequest {
  readonly hist_access_type: "range" | "tail" | "search";
  readonly output?: boolean;
  /** 0 is the present session, -1 the one before it. */
  readonly session?: number;
  readonly start?: number;
  readonly stop?: number | null;
  readonly n?: number | null;
  readonly pattern?: string;
  readonly unique?: boolean;
}

interface Row {
  readonly session: number;
  readonly count: number;
  readonly code: string;
  readonly output: string | null;
}

/** In the user's Jupyter folder; NNSIGHT_HISTORY names another file, or `:memory:` to keep nothing. */
export function historyFile(system: System): string {
  return system.environment.NNSIGHT_HISTORY || join(userDataFolder(system), "nnsight-ts", "history.sqlite");
}

/** A cell never waits for the disk: what was added is written this much later, at the latest when asked for. */
const writeDelay = 300;
/** How long one kernel waits while another writes. */
const lockTimeout = 2000;

export class History {
  #opened: DatabaseSync | undefined;
  #session: number | undefined;
  #unwritten: HistoryEntry[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly file: string) {}

  add(entry: HistoryEntry): void {
    this.#unwritten.push(entry);
    this.#timer ??= setTimeout(() => this.#writeLater(), writeDelay).unref();
  }

  /** `[session, count, code]` of what was asked for, the oldest first; with output `[session, count, [code, output]]`. */
  find(request: HistoryRequest): unknown[] {
    this.#write();
    const rows = this.#chosen(request);
    return rows.map(({ session, count, code, output }) => [
      session,
      count,
      request.output ? [code, output] : code,
    ]);
  }

  close(): void {
    this.#writeLater();
    this.#opened?.close();
    this.#opened = undefined;
  }

  #chosen({ hist_access_type: access, session = 0, start = 0, stop, n, pattern, unique }: HistoryRequest) {
    if (access === "range") {
      const current = this.#session ?? this.#lastSession() + 1;
      const wanted = session > 0 ? session : current + session;
      const rows = this.#rows("WHERE session = ? AND count >= ? AND count < ? ORDER BY count", [
        wanted,
        start,
        stop ?? Number.MAX_SAFE_INTEGER,
      ]);
      return session === 0 ? rows.map((row) => ({ ...row, session })) : rows;
    }
    if (access === "tail") return this.#rows(latest, [n ?? 10]).reverse();
    const matching = "WHERE code GLOB ?";
    const chosen = unique ? `WHERE id IN (SELECT max(id) FROM cells ${matching} GROUP BY code)` : matching;
    return this.#rows(`${chosen} ${latest}`, [pattern ?? "*", n ?? -1]).reverse();
  }

  #rows(clause: string, values: SQLInputValue[]): Row[] {
    const statement = this.#database().prepare(`SELECT session, count, code, output FROM cells ${clause}`);
    return statement.all(...values) as unknown as Row[];
  }

  #lastSession(): number {
    const row = this.#database().prepare("SELECT max(id) AS last FROM sessions").get();
    return Number(row?.last ?? 0);
  }

  /** What cannot be written now is tried again with the next cell; a kernel does not stop for it. */
  #writeLater(): void {
    try {
      this.#write();
    } catch (error) {
      console.error(`The history could not be written to ${this.file}: ${String(error)}`);
    }
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unwritten.length === 0) return;
    const database = this.#database();
    database.exec("BEGIN IMMEDIATE");
    try {
      const session = (this.#session ??= beginSession(database));
      const insert = database.prepare("INSERT INTO cells (session, count, code, output) VALUES (?, ?, ?, ?)");
      for (const { count, code, output } of this.#unwritten) insert.run(session, count, code, output);
      database.exec("COMMIT");
      this.#unwritten = [];
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  #database(): DatabaseSync {
    this.#opened ??= openHistory(this.file);
    return this.#opened;
  }
}

const latest = "ORDER BY session DESC, count DESC, id DESC LIMIT ?";

function beginSession(database: DatabaseSync): number {
  const made = database.prepare("INSERT INTO sessions (began) VALUES (?)").run(new Date().toISOString());
  return Number(made.lastInsertRowid);
}

/** A file that is no database any more is put aside; where none can be made, the history lives in memory. */
function openHistory(file: string): DatabaseSync {
  if (file === ":memory:") return open(file);
  try {
    makeFolder(dirname(file));
    return open(file);
  } catch (error) {
    try {
      if (!isBroken(error)) throw error;
      renameSync(file, `${file}.broken-${Date.now()}`);
      return open(file);
    } catch {
      console.error(`The history is kept in memory only: ${file} cannot be opened (${String(error)}).`);
      return open(":memory:");
    }
  }
}

/** Also when another kernel makes it at the same moment. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: lockTimeout });
  database.exec(`
    CREATE TABLE IF NOT EXISTS sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, began TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS cells (
      id INTEGER PRIMARY KEY,
      session INTEGER NOT NULL REFERENCES sessions (id),
      count INTEGER NOT NULL,
      code TEXT NOT NULL,
      output TEXT
    );
    CREATE INDEX IF NOT EXISTS cells_by_session ON cells (session, count);`);
  return database;
}

/** SQLite's codes for a damaged file and for a file of another kind. */
function isBroken(error: unknown): boolean {
  return [11, 26].includes((error as { readonly errcode?: number }).errcode ?? 0);
}
