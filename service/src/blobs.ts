/** Bytes by the hash of their content: what was submitted, and results. */
import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashOf } from "./keys.ts";

/** What was written. */
export interface Taken {
  readonly bytes: number;
  readonly sha256: string;
}

export type Parts = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Blobs {
  /** Writes them whole or not at all. */
  put(hash: string, bytes: Uint8Array): Promise<void>;
  /** Writes what comes, whole or not at all, under the name that it gives. @throws what the source throws */
  take(chunks: Parts): Promise<Taken>;
  read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** From a byte on; nothing when there is no such blob. */
  stream(hash: string, from: number): Promise<ReadableStream<Uint8Array> | undefined>;
  /** The same part by part, in memory that is used again: a part holds until the next one is asked for. */
  parts?(hash: string, from: number): Promise<AsyncIterable<Uint8Array> | undefined>;
  remove(hash: string): Promise<void>;
}

export class MemoryBlobs implements Blobs {
  readonly #blobs = new Map<string, Uint8Array<ArrayBuffer>>();

  async put(hash: string, bytes: Uint8Array): Promise<void> {
    this.#blobs.set(hash, new Uint8Array(bytes));
  }

  async take(chunks: Parts): Promise<Taken> {
    const bytes = await collected(chunks);
    const sha256 = hashOf(bytes);
    this.#blobs.set(sha256, bytes);
    return { bytes: bytes.length, sha256 };
  }

  async read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#blobs.get(hash);
  }

  async stream(hash: string, from: number): Promise<ReadableStream<Uint8Array> | undefined> {
    const bytes = this.#blobs.get(hash);
    return bytes && piecewise(bytes.subarray(from));
  }

  async remove(hash: string): Promise<void> {
    this.#blobs.delete(hash);
  }
}

/** A file for each, in folders by the first digits. */
export class FolderBlobs implements Blobs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(hash: string, bytes: Uint8Array): Promise<void> {
    await this.#whole(async (part) => {
      await writeFile(part, bytes);
      return hash;
    });
  }

  async take(chunks: Parts): Promise<Taken> {
    const hash = createHash("sha256");
    let bytes = 0;
    const sha256 = await this.#whole(async (part) => {
      await using file = await open(part, "w");
      for await (const chunk of gathered(chunks)) {
        const written = file.writev(chunk);
        for (const one of chunk) {
          hash.update(one);
          bytes += one.length;
        }
        await written;
      }
      return hash.digest("hex");
    });
    return { bytes, sha256 };
  }

  /** A file that shows under its name when it is whole. */
  async #whole(write: (part: string) => Promise<string>): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    const part = join(this.#folder, `part.${process.pid}.${randomBytes(6).toString("hex")}`);
    try {
      const hash = await write(part);
      const path = this.#path(hash);
      await mkdir(join(path, ".."), { recursive: true });
      await rename(part, path);
      return hash;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return readFile(this.#path(hash)).then((bytes) => new Uint8Array(bytes), whenMissing);
  }

  async stream(hash: string, from: number): Promise<ReadableStream<Uint8Array> | undefined> {
    const file = await open(this.#path(hash)).catch(whenMissing);
    return file && readFrom(file, from);
  }

  async parts(hash: string, from: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = await open(this.#path(hash)).catch(whenMissing);
    return file && partsOf(file, from);
  }

  async remove(hash: string): Promise<void> {
    await rm(this.#path(hash), { force: true });
  }

  #path(hash: string): string {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error("a blob is named by its SHA-256");
    return join(this.#folder, hash.slice(0, 2), hash);
  }
}

/** Bytes that are handed over, or written, at once. */
const piece = 2 ** 20;

export async function collected(chunks: Parts): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

/** Many small chunks as few of about a piece, as each write has its price. */
async function* gathered(chunks: Parts): AsyncGenerator<Uint8Array[]> {
  let some: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    some.push(chunk);
    size += chunk.length;
    if (size < piece) continue;
    yield some;
    [some, size] = [[], 0];
  }
  if (size) yield some;
}

/** What a file has from a byte on, then it is closed. A stream of files takes twice as long. */
export function readFrom(file: FileHandle, from = 0): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = from;
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(stream) {
        // Of its own, as it waits to be sent; of a size that is given back at once.
        const room = new Uint8Array(2 ** 18);
        const { bytesRead } = await file.read(room, 0, room.length, at);
        at += bytesRead;
        if (bytesRead) return stream.enqueue(room.subarray(0, bytesRead));
        await file.close();
        stream.close();
      },
      cancel: () => file.close(),
    },
    { highWaterMark: 0 },
  );
}

/** The next part is read while the one before it is in use. */
async function* partsOf(file: FileHandle, from: number): AsyncGenerator<Uint8Array> {
  await using _ = file;
  const rooms = [new Uint8Array(2 ** 18), new Uint8Array(2 ** 18)] as const;
  let at = from;
  const read = async (room: Uint8Array): Promise<Uint8Array> => {
    const { bytesRead } = await file.read(room, 0, room.length, at);
    at += bytesRead;
    return room.subarray(0, bytesRead);
  };
  let part = await read(rooms[0]);
  for (let turn = 1; part.length > 0; turn++) {
    const next = read(rooms[turn % 2]!);
    // Who asks for the next part is told.
    next.catch(() => undefined);
    try {
      yield part;
    } finally {
      part = await next;
    }
  }
}

function piecewise(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(stream) {
      if (at < bytes.length) stream.enqueue(bytes.subarray(at, (at += piece)));
      if (at >= bytes.length) stream.close();
    },
  });
}

function whenMissing(error: unknown): undefined {
  if ((error as { code?: string }).code === "ENOENT") return undefined;
  throw error;
}
