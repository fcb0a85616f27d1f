/** What workers ask and give back: jobs, whether to go on, what they made, what to hold; over HTTP or within the process. */
import { type Problem, texts } from "nnsight-ts/remote";
import type { z } from "zod";
import type { End, Lease, Leased, Order } from "../store/store.ts";
import type { Broker } from "./broker.ts";
import { type Orders, placed } from "./placement.ts";
import type { endForm, leaseQuestion, placeQuestion } from "./schemas.ts";

export type LeaseQuestion = z.infer<typeof leaseQuestion>;
export type PlaceQuestion = z.infer<typeof placeQuestion>;
export type Ending = z.infer<typeof endForm>;

/** A lease with its program, wherever that was kept. */
export type Ready = Leased & { readonly program: Uint8Array };

const gone: Problem = {
  code: "REMOTE",
  reason: "NO_PROGRAM",
  message: "the program of the job is no longer kept.",
};

export class Desk {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** The next jobs, when there are some in time; `drained` when the worker is to end. */
  async lease(
    { worker, models, holds, wait, most = 1 }: LeaseQuestion,
    left: AbortSignal,
  ): Promise<{ readonly leases: readonly Ready[]; readonly drained: boolean }> {
    const { turns } = this.#broker;
    const until = performance.now() + wait;
    for (;;) {
      if (await this.#broker.seen(worker, holds ?? models)) return { leases: [], drained: true };
      // Not longer than until the next look whether it is to end.
      const pause = Math.min(until, performance.now() + 2000);
      const leases = await this.#withPrograms(await turns.next(models, most, pause, left));
      if (leases.length || performance.now() >= until || left.aborted) return { leases, drained: false };
    }
  }

  /** Those whose program is kept; the others end. */
  async #withPrograms(leases: readonly Leased[]): Promise<readonly Ready[]> {
    const { store, blobs } = this.#broker;
    const found = await Promise.all(
      leases.map(async (lease) => ({ ...lease, program: lease.program ?? (await blobs.read(lease.hash)) })),
    );
    for (const lease of found)
      if (!lease.program) await store.settle(lease, { status: "ERROR", text: gone.message, problem: gone });
    return found.filter((lease): lease is Ready => lease.program !== undefined);
  }

  async beat(lease: Lease, lines: readonly string[]): Promise<Order> {
    const { store } = this.#broker;
    if (lines.length) await store.log(lease, lines);
    return store.beat(lease);
  }

  /** False when the lease is lost, and then nothing has changed. */
  async end(
    lease: Lease,
    { status, problem, seconds }: Ending,
    made: Pick<End, "result" | "made">,
  ): Promise<boolean> {
    const { store, metrics } = this.#broker;
    const text = status === "ERROR" ? (problem?.message ?? "") : texts[status];
    const settled = await store.settle(lease, {
      ...{ status, text, ...made },
      ...(problem && { problem }),
      ...(seconds && { seconds }),
    });
    if (!settled) metrics.fenced.inc();
    return settled;
  }

  /** The child that ran it has died: another try may begin at once. */
  release(lease: Lease): Promise<boolean> {
    return this.#broker.store.release(lease);
  }

  /** What a worker is to hold instead of what it holds. */
  async place({
    worker,
    held,
    loading,
    warm,
    may,
    room,
  }: PlaceQuestion): Promise<Orders & { drained: boolean }> {
    const { store, sizes, stay } = this.#broker;
    const others = new Map<string, number>();
    for (const one of await store.workers())
      if (one.name !== worker)
        for (const model of new Set([...one.models, ...one.loading]))
          others.set(model, (others.get(model) ?? 0) + 1);
    const queues = await store.queues();
    const orders: Orders = loading.length
      ? { evict: [] }
      : placed({ held, may, room, queues, sizes, others, stay });
    const staying = held.map(({ model }) => model).filter((model) => !orders.evict.includes(model));
    const coming = orders.load === undefined ? loading : [orders.load];
    return { ...orders, drained: await store.seen(worker, staying, { loading: coming, warm, may }) };
  }
}
