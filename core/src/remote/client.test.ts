/** What a client does with services of other versions. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Client } from "./client.ts";
import type { JobEvent } from "./protocol.ts";

const event = (seq: number, status: JobEvent["status"]): JobEvent => ({
  seq,
  attempt: 0,
  status,
  text: "",
  time: 0,
});
const told = (...events: readonly JobEvent[]): string =>
  events.map((one) => `id: ${one.seq}\ndata: ${JSON.stringify(one)}\n\n`).join("");

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A service that answers each request by its method and path; gives the client, and what was asked. */
async function service(answers: Readonly<Record<string, readonly [type: string, body: string]>>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`;
    asked.push([what, request.headers["last-event-id"]].filter((word) => word).join(" "));
    const [type, body] = answers[what] ?? ["text/plain", ""];
    request.resume().once("end", () => response.writeHead(200, { "content-type": type }).end(body));
  });
  servers.push(server.listen(0, "127.0.0.1"));
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return { client: new Client({ host: `http://127.0.0.1:${port}`, key: "nn_test" }), asked };
}

async function history(client: Client): Promise<string[]> {
  const states: string[] = [];
  const answer = await client.submit("1", new Uint8Array(3));
  for await (const { status } of client.events("1", answer)) states.push(status);
  return states;
}

test("a service that answers a submission with its history is asked once; what is cut off is asked for from there", async () => {
  const whole = told(event(1, "RECEIVED"), event(2, "COMPLETED"));
  const one = await service({ "PUT /v1/jobs/1": ["text/event-stream", whole] });
  expect([await history(one.client), one.asked]).toEqual([["RECEIVED", "COMPLETED"], ["PUT /v1/jobs/1"]]);
  const cut = await service({
    "PUT /v1/jobs/1": ["text/event-stream", told(event(1, "RECEIVED"))],
    "GET /v1/jobs/1/events": ["text/event-stream", told(event(2, "COMPLETED"))],
  });
  expect(await history(cut.client)).toEqual(["RECEIVED", "COMPLETED"]);
  expect(cut.asked).toEqual(["PUT /v1/jobs/1", "GET /v1/jobs/1/events 1"]);
});

test("one of before answers with the job's state, and has the history elsewhere", async () => {
  const { client, asked } = await service({
    "PUT /v1/jobs/1": ["application/json", "{}"],
    "GET /v1/jobs/1/events": ["text/event-stream", told(event(1, "RECEIVED"), event(2, "COMPLETED"))],
  });
  expect(await history(client)).toEqual(["RECEIVED", "COMPLETED"]);
  expect(asked).toEqual(["PUT /v1/jobs/1", "GET /v1/jobs/1/events 0"]);
});

test("what stands at an address and is no service is said with its answer", async () => {
  const server = createServer(
    (_, response) => void response.writeHead(308, { location: "https://other/" }).end(),
  );
  servers.push(server.listen(0, "127.0.0.1"));
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const moved = new Client({ host: `http://127.0.0.1:${port}`, key: "nn_test" }).job("1");
  await expect(moved).rejects.toThrow("the service answered 308: it is at https://other/.");
  const none = new Client({ host: "ftp://127.0.0.1", key: "nn_test" }).job("1");
  await expect(none).rejects.toThrow("the service at ftp://127.0.0.1 cannot be reached");
});
