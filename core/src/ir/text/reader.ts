/** Reads a text piece by piece, and says where it is not what was expected. */
import { ValueError } from "../../base/errors.ts";

const space = /(?:\s|#[^\n]*)*/y;

/** Forms are few and used often. */
const sticky = new WeakMap<RegExp, RegExp>();
const words = new Map<string, RegExp>();

function stickyOf(form: RegExp): RegExp {
  const known = sticky.get(form) ?? new RegExp(form.source, "y");
  sticky.set(form, known);
  return known;
}

function formOf(word: string): RegExp {
  const end = /^\w/.test(word) ? "\\b" : "";
  const known = words.get(word) ?? new RegExp(word.replaceAll(/[^\w\s]/g, "\\$&") + end);
  words.set(word, known);
  return known;
}

export class Reader {
  #at = 0;

  constructor(readonly text: string) {}

  /** What comes next, if it is of this form; spaces and comments before it do not count. */
  take(form: RegExp): string | undefined {
    const start = this.#skip();
    const sticky = stickyOf(form);
    sticky.lastIndex = start;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.#at = start + found.length;
    return found;
  }

  /** Whether this word or sign comes next; it is taken. */
  takes(word: string): boolean {
    return this.take(formOf(word)) !== undefined;
  }

  /** The same, and it stays. */
  look(form: RegExp): string | undefined {
    const start = this.#at;
    const found = this.take(form);
    this.#at = start;
    return found;
  }

  sees(form: RegExp): boolean {
    return this.look(form) !== undefined;
  }

  /** @throws ValueError when something else comes next */
  need(form: RegExp | string, what = `'${String(form)}'`): string {
    const found = typeof form === "string" ? (this.takes(form) ? form : undefined) : this.take(form);
    return found ?? this.fail(`${what} is expected`);
  }

  /** Things with commas between them, up to the closing sign. */
  list<T>(close: string, one: () => T): T[] {
    const all: T[] = [];
    while (!this.takes(close)) {
      if (all.length) this.need(",");
      all.push(one());
    }
    return all;
  }

  /** The comment at the end of the line, if there is one. */
  get comment(): string | undefined {
    const end = this.text.indexOf("\n", this.#at);
    return /^[^#]*#\s*(.*)/.exec(this.text.slice(this.#at, end < 0 ? undefined : end))?.[1];
  }

  get ended(): boolean {
    return this.#skip() === this.text.length;
  }

  /** Runs a step; errors say where in the text they arose. */
  located<T>(step: () => T): T {
    const start = this.#skip();
    try {
      return step();
    } catch (error) {
      if (error instanceof ValueError && error.message.startsWith("line ")) throw error;
      this.#at = start;
      return this.fail(error instanceof Error ? error.message : String(error), error);
    }
  }

  /** @throws ValueError with the line and column */
  fail(problem: string, cause?: unknown): never {
    const before = this.text.slice(0, this.#skip()).split("\n");
    const rest = this.text.slice(this.#skip()).split("\n")[0]!;
    const found = rest ? `at '${rest.slice(0, 40)}${rest.length > 40 ? "…" : ""}'` : "at the end";
    throw new ValueError(
      `line ${before.length}, column ${before.at(-1)!.length + 1} of the program: ${problem}, ${found}.`,
      { cause },
    );
  }

  #skip(): number {
    space.lastIndex = this.#at;
    space.exec(this.text);
    return space.lastIndex;
  }
}
