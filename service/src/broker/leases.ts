/** The routes of workers: take a job, say that it is being run, give what it made. */
import type { Context, Hono } from "hono";
import { type Problem, texts } from "nnsight-ts/remote";
import type { Lease, Leased } from "../store/store.ts";
import { received } from "./body.ts";
import { type Broker, leaseId } from "./broker.ts";
import { placed } from "./placement.ts";
import { Refusal } from "./refusal.ts";
import { beatForm, endForm, leaseQuestion, placeQuestion } from "./schemas.ts";

const gone: Problem = {
  code: "REMOTE",
  reason: "NO_PROGRAM",
  message: "the program of the job is no longer kept.",
};

/** Bytes of one result. */
const largest = 2 ** 31 - 1;

export function leaseRoutes(app: Hono, broker: Broker): void {
  const { store, blobs, metrics } = broker;

  app.post("/v1/leases", async (c) => {
    await broker.keyOf(c, "worker");
    const { worker, models, holds, wait, most } = leaseQuestion.parse(await c.req.json());
    const until = performance.now() + wait;
    for (;;) {
      if (await broker.seen(worker, holds ?? models)) return c.body(null, 204, { "x-order": "drain" });
      // Not longer than until the next look whether it is to end.
      const pause = Math.min(until, performance.now() + 2000);
      const leases = await withPrograms(await broker.turns.next(models, most ?? 1, pause, c.req.raw.signal));
      const said = leases.map(({ program, ...lease }) => ({
        ...{ id: leaseId(lease), job: lease.job, model: lease.model, attempt: lease.attempt },
        ...{ beat: broker.beat, bytes: program.length },
      }));
      if (leases.length)
        return c.body(joined(leases.map(({ program }) => program)), 200, {
          [most === undefined ? "x-lease" : "x-leases"]: JSON.stringify(most === undefined ? said[0] : said),
        });
      if (performance.now() >= until || c.req.raw.signal.aborted) return c.body(null, 204);
    }
  });

  /** Those whose program is kept; the others end. */
  async function withPrograms(leases: readonly Leased[]) {
    const found = await Promise.all(
      leases.map(async (lease) => ({ ...lease, program: lease.program ?? (await blobs.read(lease.hash)) })),
    );
    for (const lease of found)
      if (!lease.program) await store.settle(lease, { status: "ERROR", text: gone.message, problem: gone });
    return found.filter((lease): lease is Leased & { program: Uint8Array } => lease.program !== undefined);
  }

  // What a worker holds, and what it is to hold instead.
  app.post("/v1/placement", async (c) => {
    await broker.keyOf(c, "worker");
    const { worker, held, loading, warm, may, room } = placeQuestion.parse(await c.req.json());
    const own = held.map(({ model }) => model);
    const others = new Map<string, number>();
    for (const one of await store.workers())
      if (one.name !== worker)
        for (const model of new Set([...one.models, ...one.loading]))
          others.set(model, (others.get(model) ?? 0) + 1);
    const queues = await store.queues();
    const orders = loading.length
      ? { evict: [] }
      : placed({ held, may, room, queues, sizes: broker.sizes, others, stay: broker.stay });
    const stay = own.filter((model) => !orders.evict.includes(model));
    const coming = "load" in orders && orders.load !== undefined ? [orders.load] : loading;
    const drained = await store.seen(worker, stay, { loading: coming, warm, may });
    return c.json(orders, 200, drained ? { "x-order": "drain" } : {});
  });

  app.post("/v1/leases/:id/beat", async (c) => {
    await broker.keyOf(c, "worker");
    const lease = leaseIn(c);
    const { lines } = beatForm.parse(await c.req.json());
    if (lines.length) await store.log(lease, lines);
    return c.json({ order: await store.beat(lease) });
  });

  // The end in a header, the result as the body: one request, so that neither comes without the other.
  app.put("/v1/leases/:id/end", async (c) => {
    await broker.keyOf(c, "worker");
    const lease = leaseIn(c);
    const { status, problem, seconds } = endForm.parse(
      JSON.parse(decodeURIComponent(c.req.header("x-end") ?? "")),
    );
    const { result, made } = await received(c.req.raw, largest, blobs);
    const text = status === "ERROR" ? (problem?.message ?? "") : texts[status];
    const settled = await store.settle(lease, {
      status,
      text,
      ...(problem && { problem }),
      ...(result && { result }),
      ...(made && { made }),
      ...(seconds && { seconds }),
    });
    if (!settled) metrics.fenced.inc();
    return c.json({ settled });
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function leaseIn(c: Context): Pick<Lease, "job" | "attempt" | "model"> {
  const match = /^([0-9a-f-]{36})\.(\d+)$/.exec(c.req.param("id") ?? "");
  if (!match) throw new Refusal(404, "NO_LEASE", "there is no such lease.");
  return { job: match[1]!, attempt: Number(match[2]), model: "" };
}
