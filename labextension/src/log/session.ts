/** The log of a whole session: lines from outputs and from the kernel, each once, in order, whatever came when. */
import type { LogLine } from "nnsight-ts/display";

export class SessionLog {
  /** By process of the kernel, in the order in which they were first heard of. */
  readonly #sessions = new Map<string, Map<number, LogLine>>();
  #sorted: readonly SessionLine[] | undefined;

  /** True when there was something new. */
  add(session: string, lines: readonly LogLine[]): boolean {
    const known = this.#sessions.get(session) ?? new Map<number, LogLine>();
    this.#sessions.set(session, known);
    const before = known.size;
    for (const line of lines) if (!known.has(line.n)) known.set(line.n, line);
    if (known.size === before) return false;
    this.#sorted = undefined;
    return true;
  }

  get lines(): readonly SessionLine[] {
    this.#sorted ??= [...this.#sessions].flatMap(([session, lines]) =>
      [...lines.values()].sort((a, b) => a.n - b.n).map((line) => ({ key: `${session} ${line.n}`, line })),
    );
    return this.#sorted;
  }

  /** The first line of a process that is missing here. */
  gap(session: string): number {
    const known = this.#sessions.get(session);
    let n = 0;
    while (known?.has(n)) n++;
    return n;
  }

  /** Lines with all words of a filter in them, in any case. */
  matching(filter: string): readonly SessionLine[] {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return this.lines;
    return this.lines.filter(({ line }) => {
      const text = textOf(line);
      return words.every((word) => text.includes(word));
    });
  }
}

export interface SessionLine {
  readonly key: string;
  readonly line: LogLine;
}

const textOf = ({ line, parts }: LogLine): string =>
  [
    line,
    ...parts.map((part) =>
      "text" in part
        ? part.text
        : `${part.tensor.dtype} [${part.tensor.shape.join(", ")}] ${part.tensor.nan ? "nan" : ""} ${part.tensor.inf ? "inf" : ""}`,
    ),
  ]
    .join(" ")
    .toLowerCase();
