/** The routes of workers: take a job, say that it is being run, give what it made. */
import type { Context, Hono } from "hono";
import type { Lease } from "../store/store.ts";
import { received } from "./body.ts";
import { type Broker, leaseId } from "./broker.ts";
import { Desk } from "./desk.ts";
import { Refusal } from "./refusal.ts";
import { beatForm, endForm, leaseQuestion, placeQuestion } from "./schemas.ts";

/** Bytes of one result. */
const largest = 2 ** 31 - 1;

export function leaseRoutes(app: Hono, broker: Broker): void {
  const desk = new Desk(broker);

  app.post("/v1/leases", async (c) => {
    await broker.keyOf(c, "worker");
    const question = leaseQuestion.parse(await c.req.json());
    const { leases, drained } = await desk.lease(question, c.req.raw.signal);
    if (leases.length === 0) return c.body(null, 204, drained ? { "x-order": "drain" } : {});
    const said = leases.map(({ program, ...lease }) => ({
      ...{ id: leaseId(lease), job: lease.job, model: lease.model, attempt: lease.attempt },
      ...{ beat: broker.beat, bytes: program.length },
    }));
    const one = question.most === undefined;
    return c.body(joined(leases.map(({ program }) => program)), 200, {
      [one ? "x-lease" : "x-leases"]: JSON.stringify(one ? said[0] : said),
    });
  });

  // What a worker holds, and what it is to hold instead.
  app.post("/v1/placement", async (c) => {
    await broker.keyOf(c, "worker");
    const { drained, ...orders } = await desk.place(placeQuestion.parse(await c.req.json()));
    return c.json(orders, 200, drained ? { "x-order": "drain" } : {});
  });

  app.post("/v1/leases/:id/beat", async (c) => {
    await broker.keyOf(c, "worker");
    const { lines } = beatForm.parse(await c.req.json());
    return c.json({ order: await desk.beat(leaseIn(c), lines) });
  });

  app.post("/v1/leases/:id/release", async (c) => {
    await broker.keyOf(c, "worker");
    return c.json({ released: await desk.release(leaseIn(c)) });
  });

  // The end in a header, the result as the body: one request, so that neither comes without the other.
  app.put("/v1/leases/:id/end", async (c) => {
    await broker.keyOf(c, "worker");
    const lease = leaseIn(c);
    const end = endForm.parse(JSON.parse(decodeURIComponent(c.req.header("x-end") ?? "")));
    return c.json({ settled: await desk.end(lease, end, await received(c.req.raw, largest, broker.blobs)) });
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

function leaseIn(c: Context): Lease {
  const match = /^([0-9a-f-]{36})\.(\d+)$/.exec(c.req.param("id") ?? "");
  if (!match) throw new Refusal(404, "NO_LEASE", "there is no such lease.");
  return { job: match[1]!, attempt: Number(match[2]), model: "" };
}
