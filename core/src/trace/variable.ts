/** What a handle holds: numbers, or a value of a program. Where it was saved once it is saved wherever it moves. */
import { noteWrite } from "../base/writes.ts";
import type { Result } from "../ir/node.ts";
import { entered } from "./cells.ts";
import { type Cell, isLazy, type Lazy, type State } from "./state.ts";

export class Variable implements Cell {
  #held: State;
  #saved = false;
  #kept: (() => void) | undefined;

  constructor(held: State) {
    this.#held = held;
  }

  /** As it was set, wherever that was made. */
  get held(): State {
    return this.#held;
  }

  set held(held: State) {
    noteWrite();
    this.#held = held;
  }

  get lazy(): Lazy {
    return this.held as Lazy;
  }

  /** What it holds where something is being written now. */
  get state(): State {
    const { held } = this;
    return isLazy(held) && held.scope.state === "open" ? entered(this) : held;
  }

  hold(lazy: Lazy): void {
    const moved = this.lazy.scope !== lazy.scope;
    this.held = lazy;
    if (this.#saved && moved) this.#saveIn(lazy.scope);
  }

  /** Keeps the value when the program has run; `kept` is called then. */
  save(kept?: () => void): void {
    const { state } = this;
    if (!isLazy(state)) return;
    this.#saved = true;
    this.#kept = kept;
    this.#saveIn(state.scope);
  }

  /** When it has moved on, an earlier program keeps nothing. */
  #saveIn(scope: Lazy["scope"]): void {
    scope.save((): Result | false => {
      const { held } = this;
      return isLazy(held) && held.scope === scope && held.result;
    }, this.#kept);
  }
}
