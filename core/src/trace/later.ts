/** What a trace of a session gives: a promise of its values, which are there when the session has run. */
import { TypeError } from "../base/errors.ts";
import { mapTree } from "../base/tree.ts";
import { lineOf } from "../base/where.ts";
import type { Recording } from "./recording.ts";

export class Later<T> implements PromiseLike<T> {
  /** @param lazy what the callback of the trace returned, for later traces */
  constructor(
    readonly lazy: T,
    readonly session: Recording,
    readonly done: Promise<void>,
  ) {}

  /** It is no promise until somebody awaits it. @throws TypeError while the session is written */
  // biome-ignore lint/suspicious/noThenProperty: awaiting it after the session gives the result
  get then(): PromiseLike<T>["then"] {
    return (resolve, reject) => this.#settled().then(resolve, reject);
  }

  async #settled(): Promise<T> {
    if (this.session.writing)
      throw new TypeError(
        `a trace inside the session opened at ${lineOf(this.session.where)} is awaited there, but it runs only when the session closes. ` +
          "Leave out the `await`: to use its values in a later trace, write `const value = session.trace(model, input, () => …)`.",
      );
    await this.done;
    return this.lazy;
  }
}

export const isLater = (x: unknown): x is Later<unknown> => x instanceof Later;

/** What a session's callback gives, with the values of its traces in place of their promises. */
export const withoutLater = (given: unknown): unknown =>
  mapTree(given, isLater, (one) => withoutLater(one.lazy));
