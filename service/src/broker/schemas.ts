/** The forms of what goes over HTTP, from which the OpenAPI document is made. */
import { z } from "@hono/zod-openapi";
import type { JobEvent, JobState, ModelState, Price, SubmissionLimits } from "nnsight-ts/remote";

const status = z.enum(["RECEIVED", "APPROVED", "RUNNING", "COMPLETED", "ERROR", "CANCELLED"]);

export const problemSchema = z
  .object({
    code: z
      .string()
      .openapi({ description: "the code of the error's class, as in a local run", example: "VALUE" }),
    reason: z.string().openapi({
      description: "a word for programs; empty for an error of the program itself",
      example: "TIME_LIMIT",
    }),
    message: z.string(),
  })
  .openapi("Problem");

export const refusalSchema = z.object({ error: problemSchema }).openapi("Refusal");

export const jobSchema: z.ZodType<JobState> = z
  .object({
    id: z.string(),
    model: z.string(),
    status,
    position: z.number().openapi({ description: "jobs of the same model that are before it" }),
    created: z.number().openapi({ description: "milliseconds since 1970" }),
    result: z.object({ bytes: z.number(), sha256: z.string() }).optional(),
    problem: problemSchema.optional(),
  })
  .openapi("Job") as unknown as z.ZodType<JobState>;

export const eventSchema: z.ZodType<JobEvent> = z
  .object({
    seq: z.number().openapi({ description: "from 1, without gaps; the id of the server-sent event" }),
    attempt: z.number(),
    status: z.enum([...status.options, "LOG"]),
    text: z.string(),
    time: z.number(),
    problem: problemSchema.optional(),
    result: z
      .object({
        bytes: z.number(),
        sha256: z.string(),
        data: z.string().optional().openapi({ description: "the bytes in base64, when they are few" }),
      })
      .optional()
      .openapi({ description: "of the last event, when the run gave something" }),
  })
  .openapi("Event") as unknown as z.ZodType<JobEvent>;

export const modelsSchema: z.ZodType<{ models: ModelState[] }> = z
  .object({
    models: z.array(
      z
        .object({
          key: z.string(),
          state: z.enum(["hot", "loading", "warm", "cold"]),
          reason: z.string().optional().openapi({ description: "why it is not hot" }),
          workers: z.number(),
          waiting: z.number(),
        })
        .openapi("Model"),
    ),
  })
  .openapi("Models") as unknown as z.ZodType<{ models: ModelState[] }>;

export const priceSchema: z.ZodType<Price> = z
  .object({
    model: z.string().openapi({ description: "whose queue it would stand in" }),
    flops: z.number().openapi({ description: "operations, a multiplication and an addition counted as two" }),
    saved: z.number().openapi({ description: "bytes of the values that are saved" }),
    unknown: z.array(z.string()).openapi({ description: "what only the run knows" }),
  })
  .openapi("Price") as unknown as z.ZodType<Price>;

export const limitsSchema: z.ZodType<SubmissionLimits> = z
  .object({
    body: z.number().openapi({ description: "bytes of a submission" }),
    nodes: z.number(),
    depth: z.number().openapi({ description: "programs within programs" }),
    bytes: z.number().openapi({ description: "of constants" }),
    turns: z.number().openapi({ description: "of one loop" }),
    saved: z.number().openapi({ description: "bytes of the values that are saved" }),
    flops: z.number(),
  })
  .openapi("Limits") as unknown as z.ZodType<SubmissionLimits>;

export const idParam = z.object({
  id: z
    .uuid()
    .openapi({ param: { name: "id", in: "path" }, description: "made by the client, best a UUIDv7" }),
});

export const leaseQuestion = z.object({
  worker: z.string().max(100),
  models: z.array(z.string().max(300)).max(100),
  /** All that it holds, when it asks for some of them. */
  holds: z.array(z.string().max(300)).max(100).optional(),
  /** Milliseconds to wait for a job. */
  wait: z.number().min(0).max(25_000),
  /** How many jobs it takes at once; a worker of before this takes one, in another form. */
  most: z.number().int().min(1).max(100).optional(),
});
const name = z.string().max(300);
export const placeQuestion = z.object({
  worker: z.string().max(100),
  held: z
    .array(
      z.object({
        model: name,
        bytes: z.number().min(0),
        age: z.number().min(0),
        idle: z.number().min(0),
        busy: z.boolean(),
        kept: z.boolean(),
      }),
    )
    .max(100),
  loading: z.array(name).max(100),
  warm: z.array(name).max(100),
  may: z.array(name).max(100),
  /** Bytes of models that it may hold. */
  room: z.number().min(0),
});
export const beatForm = z.object({ lines: z.array(z.string().max(65_536)).max(1000) });
export const endForm = z.object({
  status: z.enum(["COMPLETED", "ERROR", "CANCELLED"]),
  problem: z
    .object({ code: z.string().max(40), reason: z.string().max(40), message: z.string().max(20_000) })
    .optional(),
  /** How long the run took. */
  seconds: z.number().min(0).max(1e6).optional(),
});
