/** The broker without sockets: who may do what, what is too much, and what it says of itself. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defaultAdmission, type Hosted, mediaType, openHosted, type Price } from "nnsight-ts/remote";
import { pino } from "pino";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { MemoryBlobs } from "../blobs.ts";
import { newKey, type Scope } from "../keys.ts";
import { MemoryStore } from "../store/memory.ts";
import { small } from "../store/store.ts";
import { submissionBytes } from "../testing/submission.ts";
import { appOf } from "./app.ts";
import { Broker, type BrokerOptions } from "./broker.ts";
import { Metrics } from "./metrics.ts";

const model = "HuggingFaceTB/SmolLM2-135M-Instruct";
let models: ReadonlyMap<string, Hosted>;
let bytes: Uint8Array<ArrayBuffer>;
let store: MemoryStore;
beforeAll(async () => {
  models = new Map([[model, await openHosted(model, { progress: () => undefined })]]);
  bytes = await submissionBytes(model);
});
beforeEach(() => {
  store = new MemoryStore({ waiting: 2, running: 1 });
});

const id = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`;

function broker(more: Partial<BrokerOptions> = {}) {
  const blobs = more.blobs ?? new MemoryBlobs();
  const log = pino({ level: "silent" });
  const app = appOf(new Broker({ store, blobs, models, metrics: new Metrics(), log, ...more }));
  const ask = async (
    key: string,
    method: string,
    path: string,
    body?: Uint8Array<ArrayBuffer> | string,
    headers = {},
  ) => {
    const response = await app.request(path, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        "content-type": typeof body === "string" ? "application/json" : mediaType,
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    return response;
  };
  return { ask, app };
}

async function key(scope: Scope, name = scope as string): Promise<string> {
  const { key, text } = newKey(scope, name);
  await store.addKey(key);
  return text;
}

const reasonOf = async (response: Response): Promise<unknown> => [
  response.status,
  ((await response.json()) as { error?: { reason: string } }).error?.reason,
];

test("without a key, with a wrong secret, with a key for something else: nothing", async () => {
  const { ask } = broker();
  const mine = await key("submit");
  expect(await reasonOf(await ask("", "GET", `/v1/jobs/${id(1)}`))).toEqual([401, "NO_KEY"]);
  expect(
    await reasonOf(await ask(`${mine.slice(0, -1)}${mine.endsWith("0") ? "1" : "0"}`, "GET", "/v1/models")),
  ).toEqual([401, "NO_KEY"]);
  expect(await reasonOf(await ask(mine, "POST", "/v1/leases", "{}"))).toEqual([403, "SCOPE"]);
  expect(await reasonOf(await ask(await key("worker"), "PUT", `/v1/jobs/${id(1)}`, bytes))).toEqual([
    403,
    "SCOPE",
  ]);
  expect(await reasonOf(await ask(mine, "GET", "/metrics"))).toEqual([403, "SCOPE"]);
});

test("every read of a job, and its cancelling, is its owner's: others learn not even that it is there", async () => {
  const { ask } = broker();
  const [mine, other] = [await key("submit"), await key("submit", "eve")];
  expect((await ask(mine, "PUT", `/v1/jobs/${id(1)}`, bytes)).status).toBe(201);
  for (const [method, path] of [
    ["GET", ""],
    ["GET", "/events"],
    ["GET", "/result"],
    ["DELETE", ""],
  ] as const) {
    expect(await reasonOf(await ask(other, method, `/v1/jobs/${id(1)}${path}`))).toEqual([404, "NO_JOB"]);
    expect(await reasonOf(await ask(other, method, `/v1/jobs/${id(9)}${path}`))).toEqual([404, "NO_JOB"]);
  }
  expect(await reasonOf(await ask(other, "PUT", `/v1/jobs/${id(1)}`, bytes))).toEqual([409, "OTHER_JOB"]);
  expect(((await (await ask(mine, "GET", `/v1/jobs/${id(1)}`)).json()) as { status: string }).status).toBe(
    "APPROVED",
  );
});

test("repeating a submission does nothing more; too large, broken and unknown ones are refused", async () => {
  const { ask } = broker({ body: bytes.length });
  const mine = await key("submit");
  const put = (n: number, body: Uint8Array<ArrayBuffer>) => ask(mine, "PUT", `/v1/jobs/${id(n)}`, body);
  expect([(await put(1, bytes)).status, (await put(1, bytes)).status]).toEqual([201, 200]);
  expect((await store.events(id(1), 0)).map(({ status }) => status)).toEqual(["RECEIVED", "APPROVED"]);
  const more = new Uint8Array(bytes.length + 1);
  expect(await reasonOf(await put(2, more))).toEqual([413, "BODY_TOO_LARGE"]);
  expect(await reasonOf(await put(2, bytes.slice(0, 50)))).toEqual([422, ""]);
  expect(await reasonOf(await ask(mine, "PUT", "/v1/jobs/x", bytes))).toEqual([400, "FORM"]);
  expect(await store.job(id(2))).toBeUndefined();
});

test("as many jobs as a key may have waiting, and one more; as many requests as it may make, and one more", async () => {
  store = new MemoryStore({ waiting: 2, rate: 1 });
  const { ask } = broker();
  const mine = await key("submit");
  const answers: unknown[] = [];
  for (let n = 1; n <= 3; n++) answers.push((await ask(mine, "PUT", `/v1/jobs/${id(n)}`, bytes)).status);
  expect(answers).toEqual([201, 201, 429]);
  for (let n = 4; n <= 10; n++) expect((await ask(mine, "GET", "/v1/models")).status).toBe(200);
  const refused = await ask(mine, "GET", "/v1/models");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
});

test("a worker's turn: lease, lines, end; events from any point on; a result whole and in parts", async () => {
  const { ask } = broker();
  const [mine, worker] = [await key("submit"), await key("worker")];
  await ask(mine, "PUT", `/v1/jobs/${id(1)}`, bytes);
  const question = JSON.stringify({ worker: "w", models: [model], wait: 0 });
  const leased = await ask(worker, "POST", "/v1/leases", question);
  const lease = JSON.parse(leased.headers.get("x-lease")!) as { id: string };
  expect(new Uint8Array(await leased.arrayBuffer())).toEqual(bytes);
  expect((await ask(worker, "POST", "/v1/leases", question)).status).toBe(204);
  await ask(worker, "POST", `/v1/leases/${lease.id}/beat`, JSON.stringify({ lines: ["a line"] }));
  const result = new Uint8Array(1000).map((_, i) => i % 251);
  const end = encodeURIComponent(JSON.stringify({ status: "COMPLETED" }));
  const settle = async () =>
    (await (
      await ask(worker, "PUT", `/v1/leases/${lease.id}/end`, result, { "x-end": end })
    ).json()) as unknown;
  expect([await settle(), await settle()]).toEqual([{ settled: true }, { settled: false }]);
  const events = async (after: number) =>
    [
      ...(
        await (
          await ask(mine, "GET", `/v1/jobs/${id(1)}/events`, undefined, { "last-event-id": String(after) })
        ).text()
      ).matchAll(/^id: (\d+)$/gm),
    ].map(([, seq]) => Number(seq));
  expect([await events(0), await events(3)]).toEqual([
    [1, 2, 3, 4, 5],
    [4, 5],
  ]);
  const part = async (headers: Record<string, string>) => {
    const response = await ask(mine, "GET", `/v1/jobs/${id(1)}/result`, undefined, headers);
    return [response.status, new Uint8Array(await response.arrayBuffer()), response.headers] as const;
  };
  const [status, whole, headers] = await part({});
  expect([status, whole]).toEqual([200, result]);
  const etag = headers.get("etag")!;
  expect((await part({ range: "bytes=400-", "if-range": etag })).slice(0, 2)).toEqual([
    206,
    result.subarray(400),
  ]);
  expect((await part({ range: "bytes=400-", "if-range": '"other"' })).slice(0, 2)).toEqual([200, result]);
});

test("who submits and listens in one request is told what happens without the store being asked; a repetition asks it", async () => {
  const { ask } = broker();
  const [mine, worker] = [await key("submit"), await key("worker")];
  // So that no look at times, in case something was missed, comes in between.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const asked = vi.spyOn(store, "events");
  try {
    const put = () => ask(mine, "PUT", `/v1/jobs/${id(1)}`, bytes, { accept: "text/event-stream" });
    const first = (await put()).text();
    const question = JSON.stringify({ worker: "w", models: [model], wait: 0 });
    const leased = await ask(worker, "POST", "/v1/leases", question);
    const lease = JSON.parse(leased.headers.get("x-lease")!) as { id: string };
    const end = encodeURIComponent(JSON.stringify({ status: "COMPLETED" }));
    await ask(worker, "PUT", `/v1/leases/${lease.id}/end`, "", { "x-end": end });
    expect([...(await first).matchAll(/"status":"(\w+)"/g)].map(([, status]) => status)).toEqual([
      "RECEIVED",
      "APPROVED",
      "RUNNING",
      "COMPLETED",
    ]);
    expect(asked).not.toHaveBeenCalled();
    expect(await (await put()).text()).toBe(await first);
    expect(asked).toHaveBeenCalled();
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
});

test("a program is checked and priced without being queued; each limit holds exactly", async () => {
  const mine = await key("submit");
  const check = async (admission: NonNullable<BrokerOptions["admission"]>) =>
    broker({ admission }).ask(mine, "POST", "/v1/jobs:check", bytes);
  const price = (await (await check({})).json()) as Price;
  expect(price).toMatchObject({ model, saved: 576 * 4 });
  expect(price.flops).toBeGreaterThan(1e6);
  for (const [limit, most] of [
    ["flops", price.flops],
    ["saved", price.saved],
    ["nodes", 1],
    ["depth", 0],
  ] as const) {
    expect((await check({ [limit]: most })).status).toBe(200);
    if (most) expect(await reasonOf(await check({ [limit]: most - 1 }))).toEqual([422, ""]);
  }
  expect(await store.jobs(10)).toEqual([]);
  const limits = await (await broker({ body: 7 }).ask(mine, "GET", "/v1/limits")).json();
  expect(limits).toEqual({ body: 7, ...defaultAdmission });
});

test("when the place for blobs is full nothing is queued, and the same request works once there is room", async () => {
  const blobs = new MemoryBlobs();
  vi.spyOn(blobs, "put").mockRejectedValueOnce(new Error("ENOSPC: no space left on device"));
  const { ask } = broker({ blobs });
  const mine = await key("submit");
  // What is small stands with its job.
  const large = await submissionBytes(model, 40);
  const submit = () => ask(mine, "PUT", `/v1/jobs/${id(1)}`, large);
  const refused = await submit();
  expect([refused.headers.get("retry-after"), ...((await reasonOf(refused)) as unknown[])]).toEqual([
    "1",
    503,
    "INTERNAL",
  ]);
  expect(await store.job(id(1))).toBeUndefined();
  expect((await submit()).status).toBe(201);
  // At the end of a run: the job stays with its worker, who says it again.
  const worker = await key("worker");
  const question = JSON.stringify({ worker: "w", models: [model], wait: 0 });
  const { id: lease } = JSON.parse(
    (await ask(worker, "POST", "/v1/leases", question)).headers.get("x-lease")!,
  );
  vi.spyOn(blobs, "take").mockRejectedValueOnce(new Error("ENOSPC: no space left on device"));
  const end = { "x-end": encodeURIComponent(JSON.stringify({ status: "COMPLETED" })) };
  const settle = () => ask(worker, "PUT", `/v1/leases/${lease}/end`, new Uint8Array(small + 1), end);
  expect((await settle()).status).toBe(503);
  expect((await store.job(id(1)))!.status).toBe("RUNNING");
  expect(await (await settle()).json()).toEqual({ settled: true });
});

test("a worker whose child died gives its job back, and another one has it at once", async () => {
  const { ask } = broker();
  const worker = await key("worker");
  await ask(await key("submit"), "PUT", `/v1/jobs/${id(1)}`, bytes);
  const next = async (name: string) => {
    const question = JSON.stringify({ worker: name, models: [model], wait: 0 });
    const leased = await ask(worker, "POST", "/v1/leases", question);
    return JSON.parse(leased.headers.get("x-lease")!) as { readonly id: string; readonly attempt: number };
  };
  const first = await next("one");
  const release = async () =>
    (await ask(worker, "POST", `/v1/leases/${first.id}/release`, "{}")).json() as Promise<unknown>;
  expect(await release()).toEqual({ released: true });
  expect(await next("two")).toMatchObject({ job: id(1), attempt: 2 });
  expect(await release()).toEqual({ released: false });
});

test("a worker that is drained is told so instead of getting a job, and is gone from the list", async () => {
  const { ask } = broker();
  const worker = await key("worker");
  await ask(await key("submit"), "PUT", `/v1/jobs/${id(1)}`, bytes);
  await store.seen("w", [model]);
  await store.drain("w");
  const answer = await ask(
    worker,
    "POST",
    "/v1/leases",
    JSON.stringify({ worker: "w", models: [model], wait: 0 }),
  );
  expect([answer.status, answer.headers.get("x-order")]).toEqual([204, "drain"]);
  expect(await store.workers()).toEqual([]);
});

test("a thousand idle readers of events take no more memory as they wait", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  store = new MemoryStore({ rate: 1000 });
  const { ask } = broker();
  const mine = await key("submit");
  await ask(mine, "PUT", `/v1/jobs/${id(1)}`, bytes);
  const asked = vi.spyOn(store, "events");
  const readers = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const reader = (await ask(mine, "GET", `/v1/jobs/${id(1)}/events`)).body!.getReader();
      await reader.read();
      return reader;
    }),
  );
  const before = used();
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(used() - before).toBeLessThan(2 ** 21);
  // Ever more seldom: at once, then after 0.25, 0.5 and 1 second.
  expect(asked.mock.calls.length).toBeLessThanOrEqual(5000);
  await Promise.all(readers.map((reader) => reader.cancel()));
});

test("it describes its routes as OpenAPI 3.1, its models to people, and its figures to Prometheus", async () => {
  const { ask } = broker();
  const document = (await (await ask("", "GET", "/v1/openapi.json")).json()) as {
    openapi: string;
    paths: object;
    components: { schemas: object };
  };
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths).sort()).toEqual([
    "/v1/jobs/{id}",
    "/v1/jobs/{id}/events",
    "/v1/jobs/{id}/result",
    "/v1/jobs:check",
    "/v1/limits",
    "/v1/models",
  ]);
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(["Event", "Job", "Models", "Problem", "Refusal"]),
  );
  const page = await (await ask("", "GET", "/")).text();
  expect(page).toContain(`<td>${model}</td><td>cold: no worker that is there may hold it</td>`);
  const mine = await key("submit");
  await ask(mine, "PUT", `/v1/jobs/${id(1)}`, bytes);
  const metrics = await (await ask(await key("admin"), "GET", "/metrics")).text();
  // Read by Prometheus's own parser, which the packages of Jupyter bring along.
  const script =
    "import json, sys; from prometheus_client.parser import text_string_to_metric_families as families\n" +
    "print(json.dumps({s.name: [s.labels, s.value] for f in families(sys.stdin.read()) for s in f.samples}))";
  const python = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
  const read = JSON.parse(execFileSync(python, ["-c", script], { input: metrics, encoding: "utf8" }));
  expect(read).toMatchObject({
    nnsight_jobs_submitted_total: [{ model, answer: "new" }, 1],
    nnsight_jobs_waiting: [{ model }, 1],
    nnsight_jobs_received_bytes_total: [{}, bytes.length],
    nnsight_jobs_fenced_total: [{}, 0],
  });
});
