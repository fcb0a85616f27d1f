/** What comes and goes in memory that is used again is kept, and given, as it was. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Blobs, FolderBlobs, MemoryBlobs, readFrom, streamOf } from "./blobs.ts";
import { hashOf } from "./keys.ts";

// More than two pieces, and no whole number of parts.
const bytes = Uint8Array.from({ length: 2 ** 21 + 2 ** 18 + 17 }, (_, i) => (i * 2654435761) >>> 21);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "nnsight-blobs-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const kinds: Readonly<Record<string, () => Blobs>> = {
  memory: () => new MemoryBlobs(),
  folder: () => new FolderBlobs(join(folder(), "blobs")),
};

for (const [kind, made] of Object.entries(kinds))
  test(`a file is taken part by part, and given from any byte on (${kind})`, async () => {
    const blobs = made();
    const path = join(folder(), "made");
    writeFileSync(path, bytes);
    const taken = await blobs.take(readFrom(await open(path)));
    expect(taken).toEqual({ bytes: bytes.length, sha256: hashOf(bytes) });
    expect(Buffer.compare((await blobs.read(taken.sha256))!, bytes)).toBe(0);
    for (const from of [0, 2 ** 20 + 5, bytes.length]) {
      // All parts of a web stream are read before one of them is looked at.
      const stream = streamOf((await blobs.parts(taken.sha256, from))!);
      const given = new Uint8Array(await new Response(stream).arrayBuffer());
      expect(Buffer.compare(given, bytes.subarray(from))).toBe(0);
    }
  });

test("chunks of any size are taken as one", async () => {
  const blobs = new FolderBlobs(join(folder(), "blobs"));
  const room = new Uint8Array(300_001);
  function* chunks() {
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % room.length) {
      const some = bytes.subarray(at, at + size);
      room.set(some);
      yield room.subarray(0, some.length);
    }
  }
  const { sha256 } = await blobs.take(chunks());
  expect(sha256).toBe(hashOf(bytes));
  expect(Buffer.compare((await blobs.read(sha256))!, bytes)).toBe(0);
});
