/** What one output has of its kernel: questions about one thing, and word of how that goes. */
import type { Connection } from "./connection.ts";
import type { Reply } from "./questions.ts";

/**
 * `absent`: no kernel, or the output has no id; `ready`: it can be asked; `waiting`: an answer takes long;
 * `gone`: the kernel has it no more.
 */
export type LiveState = "absent" | "ready" | "waiting" | "gone";

/** From then on the page says that it waits. */
const NOTICED = 300;
let views = 0;

export class Live {
  readonly #view = `${++views}`;
  readonly #listeners = new Set<() => void>();
  readonly #others: Live[] = [];
  #connection: Connection | undefined;
  #stop: (() => void) | undefined;
  #isGone = false;
  #late = 0;
  #about: unknown;
  #isHeard = false;

  constructor(private readonly id: string | undefined) {}

  get state(): LiveState {
    if (this.#isGone) return "gone";
    if (this.id === undefined || !this.#connection?.isOpen) return "absent";
    return this.#late > 0 ? "waiting" : "ready";
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** What the kernel has told of the thing when it was first asked. */
  get about(): unknown {
    return this.#about;
  }

  get canAsk(): boolean {
    return this.state === "ready" || this.state === "waiting";
  }

  /** Called when the output is looked at for the first time. */
  connect(connection: Connection | undefined): void {
    if (!connection || this.#connection === connection) return;
    for (const other of this.#others) other.connect(connection);
    this.#stop?.();
    this.#connection = connection;
    this.#stop = connection.onChange(() => {
      if (!connection.isOpen) this.#isHeard = false;
      this.#greet();
      this.#tell();
    });
    this.#greet();
    this.#tell();
  }

  /** Another thing of the same kernel; it lasts as long as this. */
  other(id: string): Live {
    const other = new Live(id);
    this.#others.push(other);
    other.connect(this.#connection);
    return other;
  }

  /** Calls back whenever the state may have changed. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Asks the kernel. Of questions in one slot the newest wins; an older one comes back as `dropped`.
   * @example const reply = await live.ask<CellsResult>("cells", { ask: "cells", … });
   */
  async ask(slot: string, query: unknown): Promise<Reply> {
    if (this.id === undefined || !this.#connection) return { kind: "dropped" };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#late++;
      this.#tell();
    }, NOTICED);
    const reply = await this.#connection.ask(this.id, `${this.#view} ${slot}`, query);
    clearTimeout(timer);
    if (late) this.#late--;
    if (reply.kind === "gone") this.#isGone = true;
    if (reply.kind === "error") console.error(`nnsight: ${reply.message}`);
    if (late || reply.kind === "gone") this.#tell();
    return reply;
  }

  dispose(): void {
    for (const other of this.#others.splice(0)) other.dispose();
    this.#stop?.();
    this.#listeners.clear();
  }

  /** Asks a kernel that has come whether it has the thing. */
  #greet(): void {
    if (this.#isHeard || !this.canAsk) return;
    this.#isHeard = true;
    void this.ask("about", { ask: "about" }).then((reply) => {
      if (reply.kind !== "result") return;
      this.#about = reply.result;
      this.#tell();
    });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
