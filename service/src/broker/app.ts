/** The broker as a web application: its routes, and what it says of itself. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { NNsightError } from "nnsight-ts/remote";
import { ZodError } from "zod";
import type { Broker } from "./broker.ts";
import { jobRoutes, modelStates } from "./jobs.ts";
import { leaseRoutes } from "./leases.ts";
import { problemOf, Refusal, refused } from "./refusal.ts";
import { statusPage } from "./status-page.ts";

export function appOf(broker: Broker): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook(result) {
      if (!result.success)
        throw new Refusal(400, "FORM", `the request is not in its form: ${worded(result.error)}`);
    },
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "http",
    scheme: "bearer",
    description: "a key of the service: `nn_…`",
  });
  app.onError((error, c) => {
    if (error instanceof Refusal) return refused(error.status, error.problem, error.headers);
    if (error instanceof ZodError || error instanceof SyntaxError)
      return refused(400, { code: "REMOTE", reason: "FORM", message: "the request is not in its form." });
    if (error instanceof NNsightError) return refused(422, problemOf(error));
    broker.log.error({ path: c.req.path, error: error.message }, "a request failed");
    return refused(503, problemOf(error), { "retry-after": "1" });
  });
  app.notFound(() =>
    refused(404, { code: "REMOTE", reason: "NO_ROUTE", message: "the service has no such route." }),
  );
  jobRoutes(app, broker);
  leaseRoutes(app as never, broker);
  app.get("/v1/status", async (c) =>
    c.json({ status: "up", workers: (await broker.store.workers()).length }),
  );
  app.get("/metrics", async (c) => {
    await broker.keyOf(c, "admin");
    broker.metrics.waiting.reset();
    for (const [model, count] of await broker.store.waiting()) broker.metrics.waiting.set({ model }, count);
    return c.text(await broker.metrics.registry.metrics(), 200, {
      "content-type": broker.metrics.registry.contentType,
    });
  });
  app.get("/", async (c) =>
    c.html(statusPage(await modelStates(broker), (await broker.store.workers()).length)),
  );
  app.doc31("/v1/openapi.json", {
    openapi: "3.1.0",
    info: { title: "nnsight-ts", version: "1", description: "Runs traces of nnsight-ts on hosted models." },
  });
  return app;
}

const worded = (error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): string => error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`).join("; ");
