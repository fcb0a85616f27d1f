/** Asks the user process what its values know, for a short time: it may be busy for as long as it likes. */
import type { Lookup, ValuePath } from "nnsight-ts-compiler";
import type { Seen } from "../user/look.ts";
import type { LookAnswer, LookOrder } from "../user/protocol.ts";

const patience = 150;
const remembered = 200;

export class Lookups {
  readonly #waiting = new Map<number, (answer: LookAnswer) => void>();
  /** The last answers, for while the process is busy. */
  readonly #last = new Map<string, LookAnswer>();
  #count = 0;

  constructor(private readonly send: (order: LookOrder) => void) {}

  async members(lookup: Lookup): Promise<readonly Seen[]> {
    return (await this.#ask({ lookup }))?.seen ?? [];
  }

  async text(path: ValuePath): Promise<string | undefined> {
    return (await this.#ask({ path }))?.text;
  }

  receive(answer: LookAnswer): void {
    this.#waiting.get(answer.id)?.(answer);
  }

  /** The values are gone. */
  forget(): void {
    this.#last.clear();
  }

  async #ask(question: Omit<LookOrder, "kind" | "id">): Promise<LookAnswer | undefined> {
    const id = ++this.#count;
    const key = JSON.stringify(question);
    const { promise, resolve } = Promise.withResolvers<LookAnswer | undefined>();
    this.#waiting.set(id, resolve);
    const timer = setTimeout(resolve, patience, undefined);
    this.send({ kind: "look", id, ...question });
    const answer = await promise;
    clearTimeout(timer);
    this.#waiting.delete(id);
    if (!answer) return this.#last.get(key);
    this.#last.delete(key);
    this.#last.set(key, answer);
    const [oldest] = this.#last.keys();
    if (this.#last.size > remembered) this.#last.delete(oldest!);
    return answer;
  }
}
