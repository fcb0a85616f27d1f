/** The routes of clients: submit, look, listen, fetch, cancel. */
import type { ServerResponse } from "node:http";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import {
  admit,
  type JobState,
  mediaType,
  type Price,
  type Problem,
  requireCheap,
  type SubmissionLimits,
} from "nnsight-ts/remote";
import { streamOf } from "../blobs.ts";
import { hashOf } from "../keys.ts";
import { type Job, type Submitted, small } from "../store/store.ts";
import { bodyOf } from "./body.ts";
import type { Broker } from "./broker.ts";
import { followed } from "./events.ts";
import { temperatureOf } from "./placement.ts";
import { problemOf, Refusal, refused } from "./refusal.ts";
import {
  eventSchema,
  idParam,
  jobSchema,
  limitsSchema,
  modelsSchema,
  priceSchema,
  refusalSchema,
} from "./schemas.ts";
import { sent } from "./sending.ts";

const json = <S>(schema: S, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const refusals = {
  401: json(refusalSchema, "no key, or one that is not known"),
  404: json(refusalSchema, "no job of this key"),
};
const common = { security: [{ key: [] }] };

export function jobRoutes(app: OpenAPIHono, broker: Broker): void {
  const { store, blobs, metrics } = broker;

  const stateOf = async (job: Job): Promise<JobState> => {
    const { id, model, status, created, result, problem } = job;
    const position = status === "APPROVED" ? await store.position(id) : 0;
    return { id, model, status, created, position, ...(result && { result }), ...(problem && { problem }) };
  };

  app.openapi(
    createRoute({
      ...common,
      method: "put",
      path: "/v1/jobs/{id}",
      summary:
        "Submit a program. Repeating it does nothing more. To who accepts `text/event-stream` the answer is the job's history, as of the route of its events.",
      request: {
        params: idParam,
        body: { content: { [mediaType]: { schema: { type: "string", format: "binary" } } } },
      },
      responses: {
        201: json(jobSchema, "it is queued"),
        200: json(jobSchema, "it was submitted before"),
        409: json(refusalSchema, "another job has this id"),
        413: json(refusalSchema, "the body is too large"),
        422: json(refusalSchema, "the program is refused"),
        429: json(refusalSchema, "too many jobs, or requests"),
        ...refusals,
      },
    }),
    (async (context: Context) => {
      const key = await broker.keyOf(context, "submit");
      const { id } = idParam.parse(context.req.param());
      const bytes = await bodyOf(context.req.raw, broker.body);
      metrics.received.inc(bytes.length);
      const admission = admissionOf(bytes);
      if ("problem" in admission) {
        metrics.submitted.inc({ model: "none", answer: "refused" });
        return refused(422, admission.problem);
      }
      const { model } = admission;
      const hash = hashOf(bytes);
      const few = bytes.length <= small;
      if (!few) await blobs.put(hash, bytes);
      const follower = (context.req.header("accept") ?? "").includes("text/event-stream")
        ? followed(broker, id)
        : undefined;
      const idle = broker.turns.idle(model);
      const submission = {
        ...{ id, owner: key.id, model, hash, bytes: bytes.length },
        ...(key.tier && { tier: key.tier }),
        ...(few && { program: bytes }),
      };
      const answer = await store.submit(submission, idle).catch((error: unknown) => {
        idle?.give([]);
        follower?.stop();
        throw error;
      });
      metrics.submitted.inc({ model, answer });
      if (answer === "new" || answer === "same")
        return (
          follower?.stream(0, answer === "new") ??
          Response.json(await stateOf((await store.job(id))!), { status: answer === "new" ? 201 : 200 })
        );
      follower?.stop();
      throw notTaken(answer, id, model);
    }) as never,
  );

  /** The model that a submission is queued for with what it will cost, or why it is refused. */
  function admissionOf(bytes: Uint8Array): Price | { readonly problem: Problem } {
    try {
      const admitted = admit(bytes, broker.models, broker.admission);
      const { flops, bytes: saved, unknown } = requireCheap(admitted, broker.admission);
      const [model] = admitted.models;
      return { model: model ?? [...broker.models.keys()][0] ?? "none", flops, saved, unknown };
    } catch (error) {
      const problem = problemOf(error);
      if (problem.reason) broker.log.error({ error: String(error) }, "admission failed");
      return { problem };
    }
  }

  app.openapi(
    createRoute({
      ...common,
      method: "post",
      path: "/v1/jobs:check",
      summary: "What a program will cost, or why it would be refused. Nothing is queued.",
      request: { body: { content: { [mediaType]: { schema: { type: "string", format: "binary" } } } } },
      responses: {
        200: json(priceSchema, "it would be queued"),
        413: json(refusalSchema, "the body is too large"),
        422: json(refusalSchema, "the program would be refused"),
        401: refusals[401],
      },
    }),
    (async (c: Context) => {
      await broker.keyOf(c, "submit");
      const admission = admissionOf(await bodyOf(c.req.raw, broker.body));
      return "problem" in admission ? refused(422, admission.problem) : Response.json(admission);
    }) as never,
  );

  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: "/v1/limits",
      summary: "How large a submission may be",
      responses: { 200: json(limitsSchema, "limits"), 401: refusals[401] },
    }),
    (async (c: Context) => {
      await broker.keyOf(c, "submit");
      return Response.json({ body: broker.body, ...broker.admission } satisfies SubmissionLimits);
    }) as never,
  );

  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: "/v1/jobs/{id}",
      summary: "The state of a job",
      request: { params: idParam },
      responses: { 200: json(jobSchema, "its state"), ...refusals },
    }),
    (async (c: Context) => {
      const key = await broker.keyOf(c, "submit");
      return Response.json(await stateOf(await broker.jobOf(key, c.req.param("id")!)));
    }) as never,
  );

  app.openapi(
    createRoute({
      ...common,
      method: "delete",
      path: "/v1/jobs/{id}",
      summary: "Cancel a job: a waiting one at once, a running one at its next step",
      request: { params: idParam },
      responses: { 200: json(jobSchema, "its state"), ...refusals },
    }),
    (async (c: Context) => {
      const key = await broker.keyOf(c, "submit");
      const { id } = await broker.jobOf(key, c.req.param("id")!);
      await store.cancel(id);
      return Response.json(await stateOf((await store.job(id))!));
    }) as never,
  );

  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: "/v1/jobs/{id}/events",
      summary: "The history of a job as server-sent events, from `Last-Event-ID` on, to its end",
      request: { params: idParam },
      responses: {
        200: { description: "events", content: { "text/event-stream": { schema: eventSchema } } },
        ...refusals,
      },
    }),
    (async (c: Context) => {
      const key = await broker.keyOf(c, "submit");
      const { id } = await broker.jobOf(key, c.req.param("id")!);
      return followed(broker, id).stream(
        Number(c.req.header("last-event-id") ?? c.req.query("after") ?? 0) || 0,
      );
    }) as never,
  );

  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: "/v1/jobs/{id}/result",
      summary: "What the run made: a safetensors file. Ranges from a byte on are served.",
      request: { params: idParam },
      responses: {
        200: {
          description: "the whole",
          content: { [mediaType]: { schema: { type: "string", format: "binary" } } },
        },
        206: {
          description: "a part",
          content: { [mediaType]: { schema: { type: "string", format: "binary" } } },
        },
        ...refusals,
      },
    }),
    (async (c: Context) => {
      const key = await broker.keyOf(c, "submit");
      const { id, result } = await broker.jobOf(key, c.req.param("id")!);
      const etag = result && `"${result.sha256}"`;
      const range = /^bytes=(\d+)-$/.exec(c.req.header("range") ?? "")?.[1];
      const same = [undefined, etag].includes(c.req.header("if-range"));
      const from = range && same ? Number(range) : 0;
      const none = new Refusal(404, "NO_RESULT", "this job has no result, or not yet.");
      if (!result) throw none;
      if (from > result.bytes) throw new Refusal(416, "RANGE", `the result has ${result.bytes} bytes.`);
      const status = from ? 206 : 200;
      const headers = {
        "content-type": mediaType,
        "content-length": String(result.bytes - from),
        "accept-ranges": "bytes",
        etag: etag!,
        ...(from && { "content-range": `bytes ${from}-${result.bytes - 1}/${result.bytes}` }),
      };
      const few = result.bytes <= small && (await store.made(id));
      // Within a process, and in tests, there is no response of Node's.
      const { outgoing } = (c.env ?? {}) as { readonly outgoing?: ServerResponse };
      const made = few || (await blobs.parts(result.sha256, from));
      if (!made) throw none;
      metrics.sent.inc(result.bytes - from);
      if (made instanceof Uint8Array) return new Response(made.slice(from), { status, headers });
      if (outgoing && c.req.method === "GET") return sent(outgoing, status, headers, made);
      return new Response(streamOf(made), { status, headers });
    }) as never,
  );

  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: "/v1/models",
      summary: "The hosted models, and whether a worker holds them",
      responses: { 200: json(modelsSchema, "models"), 401: refusals[401] },
    }),
    (async (c: Context) => {
      await broker.keyOf(c, "submit");
      return Response.json({ models: await modelStates(broker) });
    }) as never,
  );
}

/** Why a job is not queued. */
function notTaken(answer: Exclude<Submitted, "new" | "same">, id: string, model: string): Refusal {
  if (answer === "other")
    return new Refusal(409, "OTHER_JOB", `the id ${id} belongs to another job: make a new one for each.`);
  const midnight = Math.ceil((86_400_000 - (Date.now() % 86_400_000)) / 1000);
  const [reason, message, seconds] = {
    "key full": [
      "KEY_QUEUE",
      "this key has as many jobs waiting as it may. Wait for some of them, or put several traces in one session.",
      5,
    ],
    "model full": ["MODEL_QUEUE", `as many jobs wait for ${model} as may. Try again later.`, 5],
    "day full": [
      "DAY_QUOTA",
      `this key has run as long as it may today. It may run again after midnight UTC, in ${Math.ceil(midnight / 60)} minutes, or with a larger tier, which the administrator gives.`,
      midnight,
    ],
  }[answer] as [string, string, number];
  return new Refusal(429, reason, message, { "retry-after": String(seconds) });
}

export async function modelStates({ store, models }: Pick<Broker, "store" | "models">) {
  const [waiting, workers] = [await store.waiting(), await store.workers()];
  return [...models.keys()].map((key) => ({
    key,
    ...temperatureOf(key, workers),
    waiting: waiting.get(key) ?? 0,
  }));
}
