/** Large results are sent from memory that is used again: whole, from a byte on, and to clients that leave. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FolderBlobs } from "../blobs.ts";
import { sent } from "./sending.ts";

const bytes = Uint8Array.from({ length: 3 * 2 ** 20 + 17 }, (_, i) => (i * 2654435761) >>> 21);

async function folder() {
  const path = mkdtempSync(join(tmpdir(), "nnsight-blobs-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  const blobs = new FolderBlobs(path);
  const { sha256 } = await blobs.take([bytes]);
  return { blobs, sha256 };
}

/** Serves a blob from a byte on; `left` is fulfilled when the sender is done. */
async function serving(from: number) {
  const { blobs, sha256 } = await folder();
  const left = Promise.withResolvers<void>();
  const server = createServer(async (_, outgoing) => {
    await sent(
      outgoing,
      200,
      { "content-length": String(bytes.length - from) },
      (await blobs.parts(sha256, from))!,
    );
    left.resolve();
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const request = get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return { answer, left: left.promise };
}

test.each([0, 1, 2 ** 18, bytes.length - 1, bytes.length])(
  "from byte %i on, all comes as it is",
  async (from) => {
    const { answer, left } = await serving(from);
    const parts: Buffer[] = [];
    for await (const part of answer) parts.push(part as Buffer);
    expect(Buffer.concat(parts).equals(bytes.subarray(from))).toBe(true);
    await left;
  },
);

test("a client that leaves lets the sender go", async () => {
  const { answer, left } = await serving(0);
  await once(answer, "readable");
  answer.destroy();
  await left;
});

test("parts share their memory; what is not there is nothing", async () => {
  const { blobs, sha256 } = await folder();
  const memories = new Set<ArrayBufferLike>();
  for await (const { buffer } of (await blobs.parts(sha256, 0))!) memories.add(buffer);
  expect(memories.size).toBe(2);
  expect(await blobs.parts("0".repeat(64), 0)).toBeUndefined();
});
