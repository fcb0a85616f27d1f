/** The routes of workers: take a job, say that it is being run, give what it made. */
import type { Context, Hono } from "hono";
import { type Problem, texts } from "nnsight-ts/remote";
import { hashOf } from "../keys.ts";
import type { Lease } from "../store/store.ts";
import { bodyOf } from "./body.ts";
import { type Broker, leaseId } from "./broker.ts";
import { Refusal } from "./refusal.ts";
import { beatForm, endForm, leaseQuestion } from "./schemas.ts";

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
    const { worker, models, wait } = leaseQuestion.parse(await c.req.json());
    const until = performance.now() + wait;
    for (;;) {
      if (await broker.seen(worker, models)) return c.body(null, 204, { "x-order": "drain" });
      const heard = broker.changed(Math.min(100, wait));
      const lease = c.req.raw.signal.aborted ? undefined : await store.lease(models);
      if (lease) {
        const { hash } = (await store.job(lease.job))!;
        const program = await blobs.read(hash);
        if (program)
          return c.body(program, 200, {
            "x-lease": JSON.stringify({ id: leaseId(lease), ...lease, beat: broker.beat }),
          });
        await store.settle(lease, { status: "ERROR", text: gone.message, problem: gone });
      }
      if (performance.now() >= until || c.req.raw.signal.aborted) return c.body(null, 204);
      await heard;
    }
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
    const { status, problem } = endForm.parse(JSON.parse(decodeURIComponent(c.req.header("x-end") ?? "")));
    const bytes = await bodyOf(c.req.raw, largest);
    const result = bytes.length > 0 && { bytes: bytes.length, sha256: hashOf(bytes) };
    if (result) await blobs.put(result.sha256, bytes);
    const text = status === "ERROR" ? (problem?.message ?? "") : texts[status];
    const settled = await store.settle(lease, {
      status,
      text,
      ...(problem && { problem }),
      ...(result && { result }),
    });
    const job = await store.job(lease.job);
    if (settled && job) {
      metrics.ended.inc({ model: job.model, status });
      metrics.runs.observe({ model: job.model }, (Date.now() - job.created) / 1000);
    } else metrics.fenced.inc();
    return c.json({ settled });
  });
}

function leaseIn(c: Context): Pick<Lease, "job" | "attempt" | "model"> {
  const match = /^([0-9a-f-]{36})\.(\d+)$/.exec(c.req.param("id") ?? "");
  if (!match) throw new Refusal(404, "NO_LEASE", "there is no such lease.");
  return { job: match[1]!, attempt: Number(match[2]), model: "" };
}
