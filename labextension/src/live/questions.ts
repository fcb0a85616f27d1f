/** Questions to a kernel over a wire that may lose messages: one under way for each view, the newest next, asked again. */
import type { LiveReply, LiveRequest } from "nnsight-ts/display";

/** What came back: a result with its numbers, word that the thing is gone, or why the question makes no sense. */
export type Reply =
  | { readonly kind: "result"; readonly result: unknown; readonly buffers: readonly DataView[] }
  | { readonly kind: "gone" }
  | { readonly kind: "error"; readonly message: string }
  /** A newer question of the same view took its place, or the kernel went away. */
  | { readonly kind: "dropped" };

/** How long an answer may take until it is asked for again; each time twice as long. */
const FIRST_PATIENCE = 2_000;
const LONGEST_PATIENCE = 16_000;

interface Question {
  readonly request: LiveRequest;
  readonly settle: (reply: Reply) => void;
}

interface Asked extends Question {
  timer: ReturnType<typeof setTimeout>;
}

export class Questions {
  #seq = 0;
  /** By view: what is under way, and what is asked when that is answered. */
  readonly #asked = new Map<string, Asked>();
  readonly #next = new Map<string, Question>();

  constructor(private readonly send: (request: LiveRequest) => void) {}

  ask(id: string, view: string, query: unknown): Promise<Reply> {
    return new Promise((settle) => {
      const question = { request: { seq: ++this.#seq, id, view, query }, settle };
      if (!this.#asked.has(view)) return this.#ask(question);
      this.#next.get(view)?.settle({ kind: "dropped" });
      this.#next.set(view, question);
    });
  }

  receive(data: LiveReply, buffers: readonly DataView[]): void {
    for (const [view, { request, settle, timer }] of this.#asked) {
      if (request.seq !== data.seq) continue;
      clearTimeout(timer);
      this.#asked.delete(view);
      const next = this.#next.get(view);
      this.#next.delete(view);
      if (next) this.#ask(next);
      settle(readReply(data, buffers));
    }
  }

  /** Nobody will answer any more. */
  drop(): void {
    const all = [...this.#asked.values(), ...this.#next.values()];
    for (const { timer } of this.#asked.values()) clearTimeout(timer);
    this.#asked.clear();
    this.#next.clear();
    for (const { settle } of all) settle({ kind: "dropped" });
  }

  #ask(question: Question): void {
    const asked: Asked = { ...question, timer: 0 as unknown as Asked["timer"] };
    this.#asked.set(question.request.view, asked);
    const send = (patience: number) => {
      asked.timer = setTimeout(() => send(Math.min(LONGEST_PATIENCE, 2 * patience)), patience);
      this.send(question.request);
    };
    send(FIRST_PATIENCE);
  }
}

function readReply(data: LiveReply, buffers: readonly DataView[]): Reply {
  if ("result" in data) return { kind: "result", result: data.result, buffers };
  return "gone" in data ? { kind: "gone" } : { kind: "error", message: data.error };
}
