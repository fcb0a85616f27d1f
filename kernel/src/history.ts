/** The cells that have run in this session, as clients ask for them. */

export interface HistoryEntry {
  readonly count: number;
  readonly code: string;
  readonly output: string | null;
}

export interface HistoryRequest {
  readonly hist_access_type: "range" | "tail" | "search";
  readonly output?: boolean;
  readonly start?: number;
  readonly stop?: number | null;
  readonly n?: number | null;
  readonly pattern?: string;
  readonly unique?: boolean;
}

/** Every entry is of the one session that a kernel has. */
const session = 0;

export class History {
  readonly #entries: HistoryEntry[] = [];

  add(entry: HistoryEntry): void {
    this.#entries.push(entry);
  }

  find(request: HistoryRequest): unknown[] {
    return this.#chosen(request).map(({ count, code, output }) => [
      session,
      count,
      request.output ? [code, output] : code,
    ]);
  }

  #chosen({ hist_access_type: access, start = 0, stop, n, pattern = "*", unique }: HistoryRequest) {
    if (access === "range")
      return this.#entries.filter(({ count }) => count >= start && (stop == null || count < stop));
    let found = this.#entries;
    if (access === "search") {
      const expression = globExpression(pattern);
      found = found.filter(({ code }) => expression.test(code));
      if (unique) found = lastOfEach(found);
    }
    return n == null ? found : found.slice(-n);
  }
}

/** Of equal codes only the latest stays, at its place. */
function lastOfEach(entries: readonly HistoryEntry[]): HistoryEntry[] {
  const latest = new Map<string, HistoryEntry>();
  for (const entry of entries) {
    latest.delete(entry.code);
    latest.set(entry.code, entry);
  }
  return [...latest.values()];
}

function globExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "s");
}
