/**
 * The log of the library's runs, kept for pages that ask for it. Under the running cell lines of words are printed, as
 * every client shows those; from the first line with a tensor in it on they are an output that grows.
 */
import { randomUUID } from "node:crypto";
import type { Header } from "../wire/message.ts";
import type { FromUser } from "./protocol.ts";
import type { Streams } from "./streams.ts";

/** As the library hands it over; see `core/src/display/log/line.ts`. */
interface Entry {
  readonly line: string;
  readonly parts: readonly object[];
}

interface Line extends Entry {
  readonly n: number;
  readonly seconds: number;
}

interface Output {
  readonly id: string;
  readonly parent: Header | null;
  lines: Line[];
  texts: string[];
  bytes: number;
  earlier: number;
  /** How many lines there were when it was last written. */
  shown: number;
}

const mime = "application/vnd.nnsight.log.v1+json";
const registered = Symbol.for("nnsight.log");

/** An output is written anew at most so often. */
const every = 100;
/** What an output keeps of lines and of their text, in bytes. */
const room = 48_000;
/** What the process keeps. */
const mostLines = 20_000;
/** What one answer takes. */
const mostAnswered = 500;

export class Log {
  readonly #session = randomUUID();
  readonly #lines: Line[] = [];
  #count = 0;
  #output: Output | undefined;
  #timer: NodeJS.Timeout | undefined;
  #shownAt = 0;
  #began = performance.now();

  constructor(
    private readonly send: (message: FromUser) => void,
    private readonly streams: Streams,
    private readonly parent: () => Header | null,
  ) {
    Object.assign(globalThis, { [registered]: (text: string, entry: Entry) => this.#add(text, entry) });
  }

  /** A cell begins: its clock starts. */
  begin(): void {
    this.#began = performance.now();
  }

  /** What comes next stands in an output of its own. */
  close(): void {
    this.#show();
    this.#output = undefined;
  }

  /** Answers a page; `undefined` for what is not the log's. */
  answer(id: string, query: unknown): { result: unknown; buffers: readonly Uint8Array[] } | undefined {
    if (id !== "nnsight.log") return undefined;
    const { ask, from: wanted } = query as { readonly ask?: unknown; readonly from?: unknown };
    if (ask !== "lines") return { result: {}, buffers: [] };
    const from = Number(wanted) || 0;
    const first = this.#lines[0]?.n ?? 0;
    const start = Math.max(0, from - first);
    const lines = this.#lines.slice(start, start + mostAnswered);
    return { result: { session: this.#session, lines, total: this.#count }, buffers: [] };
  }

  #add(text: string, entry: Entry): void {
    const seconds = Math.round(performance.now() - this.#began) / 1000;
    const line = { n: this.#count++, seconds, ...entry };
    this.#lines.push(line);
    if (this.#lines.length > mostLines) this.#lines.splice(0, this.#lines.length - mostLines);
    if (!this.#output && !entry.parts.some((part) => "tensor" in part)) {
      this.streams.write("stdout", `${text}\n`);
      return;
    }
    // What was printed before a line is shown before it.
    this.streams.flush();
    const output = (this.#output ??= {
      ...{ id: randomUUID(), parent: this.parent(), lines: [], texts: [] },
      ...{ bytes: 0, earlier: 0, shown: 0 },
    });
    output.lines.push(line);
    output.texts.push(text);
    output.bytes += sizeOf(line, text);
    while (output.bytes > room && output.lines.length > 1) {
      output.bytes -= sizeOf(output.lines.shift()!, output.texts.shift()!);
      output.earlier++;
    }
    // A run that never waits keeps the timer from firing, so the clock is read here, too.
    if (performance.now() - this.#shownAt > every) this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), every).unref();
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const output = this.#output;
    if (!output || output.shown === this.#count) return;
    this.#shownAt = performance.now();
    const { id, parent, lines, texts, earlier, shown } = output;
    const head = earlier > 0 ? [`… ${earlier} earlier lines`] : [];
    const data = {
      [mime]: { session: this.#session, lines, earlier },
      "text/plain": [...head, ...texts].join("\n"),
    };
    this.send({ kind: "display", bundle: { data, metadata: {} }, displayId: id, update: shown > 0, parent });
    output.shown = this.#count;
  }
}

const sizeOf = (line: Line, text: string): number => JSON.stringify(line).length + text.length;
