/** What comes over a connection is put where it belongs, and leaves nothing behind. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ask } from "./http.ts";

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server that answers each request with these bytes. */
async function serving(bytes: Uint8Array): Promise<string> {
  const server = createServer((_, response) =>
    response.writeHead(200, { "content-length": bytes.length }).end(bytes),
  );
  servers.push(server.listen(0, "127.0.0.1"));
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a large answer takes no memory but its own, and the next one on its connection is whole", async () => {
  const bytes = new Uint8Array(2 ** 24).map((_, i) => (i * 2654435761) >>> 24);
  const url = await serving(bytes);
  const room = new Uint8Array(bytes.length);
  let told = 0;
  const before = process.memoryUsage().arrayBuffers;
  await (await ask("GET", url, {})).into(room, (part) => (told += part));
  // Less than a fourth of what came, twice, in parts.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 23);
  expect(told).toBe(bytes.length);
  expect(Buffer.compare(room, bytes)).toBe(0);
  const again = new Uint8Array(bytes.length);
  await (await ask("GET", url, {})).into(again, () => undefined);
  expect(Buffer.compare(again, bytes)).toBe(0);
});

test("an answer that is longer than its room fails", async () => {
  const answer = await ask("GET", await serving(new Uint8Array(2 ** 20)), {});
  await expect(answer.into(new Uint8Array(2 ** 19), () => undefined)).rejects.toThrow("it is too long");
});
