/** Workers that wait for jobs: one is woken for each job that comes, the one that has waited longest. */
import { terminal } from "nnsight-ts/remote";
import type { JobStore, Leased, Told } from "../store/store.ts";

interface Waiter {
  readonly models: readonly string[];
  wake(): void;
}

/** Milliseconds after which a worker asks by itself, as what other brokers tell may be missed. */
const patience = 1000;

export class Turns {
  readonly #store: JobStore;
  readonly #waiters = new Set<Waiter>();
  /** How many jobs wait for each model, as far as that was heard. */
  readonly #heard = new Map<string, number>();

  constructor(store: JobStore) {
    this.#store = store;
    store.listen((told) => this.#hear(told));
  }

  /**
   * The next jobs of some models; none when there is none until a time, or the worker has gone.
   * @param until in milliseconds of `performance.now()`
   */
  async next(
    models: readonly string[],
    most: number,
    until: number,
    gone: AbortSignal,
  ): Promise<readonly Leased[]> {
    // Who does not wait asks only when there may be something.
    if (until <= performance.now() && !models.some((model) => this.#heard.get(model) !== 0)) return [];
    for (;;) {
      const left = Math.max(0, until - performance.now());
      const woken = this.#woken(models, Math.min(patience, left), gone);
      const leases = gone.aborted ? [] : await this.#store.lease(models, most);
      if (leases.length) {
        woken.stop();
        // There may be more, for others.
        if (leases.length === most) for (const model of models) this.#wake(model);
        return leases;
      }
      for (const model of models) this.#heard.set(model, 0);
      if (performance.now() >= until || gone.aborted) {
        woken.stop();
        return [];
      }
      await woken.promise;
    }
  }

  #hear({ model, status }: Told): void {
    const count = this.#heard.get(model) ?? 0;
    if (status === "APPROVED") this.#heard.set(model, count + 1);
    if (status === "RUNNING") this.#heard.set(model, Math.max(0, count - 1));
    // The end of a job may be the turn of another one of its key.
    if (status === "APPROVED" || terminal.has(status)) this.#wake(model);
  }

  #wake(model: string): void {
    for (const waiter of this.#waiters)
      if (waiter.models.includes(model)) {
        waiter.wake();
        return;
      }
  }

  #woken(models: readonly string[], ms: number, gone: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = (): void => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
      gone.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    const waiter = { models, wake: stop };
    this.#waiters.add(waiter);
    gone.addEventListener("abort", stop);
    return { promise, stop };
  }
}
