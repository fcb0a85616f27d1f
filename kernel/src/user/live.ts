/** Answers what pages ask about things that are shown; the library that showed them knows how, by a registered symbol. */
import type { FromUser, LiveQuestion } from "./protocol.ts";

interface Shelf {
  answer(id: string, query: unknown): { result: unknown; buffers: readonly Uint8Array[] } | undefined;
}

const registered = Symbol.for("nnsight.live");

export class Live {
  /** The kernel's own, and one for each copy of the library that a cell has loaded. */
  readonly #shelves: Shelf[];
  /** What came while a cell was busy; a newer question of the same view takes the place of an older one. */
  readonly #waiting = new Map<string, LiveQuestion>();

  constructor(
    private readonly send: (message: FromUser) => void,
    own: readonly Shelf[],
  ) {
    this.#shelves = [...own];
    Object.assign(globalThis, { [registered]: this.#shelves });
  }

  ask(question: LiveQuestion): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#answerAll());
    const from = `${question.comm} ${question.request?.view}`;
    this.#waiting.delete(from);
    this.#waiting.set(from, question);
  }

  #answerAll(): void {
    const questions = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { comm, request, parent } of questions) {
      const { reply, buffers } = this.#answer(request);
      const content = { comm_id: comm, data: reply };
      this.send({ kind: "comm", type: "comm_msg", content, metadata: {}, buffers, parent });
    }
  }

  #answer({ seq, id, query }: LiveQuestion["request"]): { reply: object; buffers: readonly Uint8Array[] } {
    try {
      for (const shelf of this.#shelves) {
        const found = shelf.answer(id, query);
        if (found) return { reply: { seq, result: found.result }, buffers: found.buffers };
      }
      return { reply: { seq, gone: true }, buffers: [] };
    } catch (error) {
      return { reply: { seq, error: error instanceof Error ? error.message : String(error) }, buffers: [] };
    }
  }
}
