/** Workers that wait for jobs: one is woken for each job that comes, the one that has waited longest. */
import { terminal } from "nnsight-ts/remote";
import type { Idle, JobStore, Leased, Told } from "../store/store.ts";

interface Waiter {
  readonly models: readonly string[];
  readonly most: number;
  /** Whether it has asked, and there was nothing. */
  idle: boolean;
  /** False when it has gone. */
  wake(leases?: readonly Leased[]): boolean;
  /** From now on it waits for what it is given. */
  hold(): void;
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
    // It asks at once only when there may be something.
    for (let ask = models.some((model) => this.#heard.get(model) !== 0); ; ask = true) {
      const left = Math.max(0, until - performance.now());
      const woken = this.#woken(models, most, Math.min(patience, left), gone);
      const leases = ask && !gone.aborted ? await this.#store.lease(models, most) : [];
      if (leases.length) {
        woken.waiter.wake();
        // There may be more, for others.
        if (leases.length === most) for (const model of models) this.#wake(model);
        return leases;
      }
      if (ask) for (const model of models) this.#heard.set(model, 0);
      if (performance.now() >= until || gone.aborted) {
        woken.waiter.wake();
        return [];
      }
      woken.waiter.idle = true;
      const given = await woken.promise;
      if (given.length) return given;
    }
  }

  /** A worker that waits for this model, to whom jobs are given directly; who has waited longest. */
  idle(model: string): Idle | undefined {
    for (const waiter of this.#waiters)
      if (waiter.idle && waiter.models.includes(model)) {
        waiter.hold();
        return {
          most: waiter.most,
          give: (leases) => {
            if (!waiter.wake(leases)) for (const lease of leases) void this.#giveBack(lease);
          },
        };
      }
    return undefined;
  }

  /** Who was to have it has gone. When this fails the lease runs out. */
  async #giveBack(lease: Leased): Promise<void> {
    await this.#store.release(lease).catch(() => false);
  }

  #hear({ model, status, handed }: Told): void {
    const count = this.#heard.get(model) ?? 0;
    if (status === "APPROVED") this.#heard.set(model, count + 1);
    if (status === "RUNNING") this.#heard.set(model, Math.max(0, count - 1));
    // The end of a job may be the turn of another one of its key.
    if ((status === "APPROVED" && !handed) || terminal.has(status)) this.#wake(model);
  }

  #wake(model: string): void {
    for (const waiter of this.#waiters)
      if (waiter.models.includes(model)) {
        waiter.wake();
        return;
      }
  }

  #woken(models: readonly string[], most: number, ms: number, gone: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<readonly Leased[]>();
    let ended = false;
    const wake = (leases: readonly Leased[] = []): boolean => {
      if (ended) return false;
      ended = true;
      hold();
      gone.removeEventListener("abort", left);
      resolve(leases);
      return true;
    };
    const left = (): void => void wake();
    const timer = setTimeout(left, ms);
    const hold = (): void => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    };
    const waiter: Waiter = { models, most, idle: false, wake, hold };
    this.#waiters.add(waiter);
    gone.addEventListener("abort", left);
    return { promise, waiter };
  }
}
