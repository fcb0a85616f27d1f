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
  /**
   * Writes what comes, whole or not at all, under the name that it gives.
   * @param chunks each needs to hold until the next one is asked for
   * @throws what the source throws
   */
  take(chunks: Parts): Promise<Taken>;
  read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** From a byte on, nothing when there is no such blob; each part holds until the next one is asked for. */
  parts(hash: string, from: number): Promise<AsyncIterable<Uint8Array> | undefined>;
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

  async parts(hash: string, from: number): Promise<AsyncIterable<Uint8Array> | undefined> {
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
      for await (const part of gathered(chunks)) {
        const written = file.writeFile(part);
        hash.update(part);
        bytes += part.length;
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

  async parts(hash: string, from: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = await open(this.#path(hash)).catch(whenMissing);
    return file && readFrom(file, from);
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
  for await (const part of chunks) parts.push(part.slice());
  return new Uint8Array(Buffer.concat(parts));
}

/** Many small chunks as few of a piece, as each write has its price; in memory that is used again. */
async function* gathered(chunks: Parts): AsyncGenerator<Uint8Array> {
  const room = new Uint8Array(piece);
  let size = 0;
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + piece - size);
      room.set(some, size);
      at += some.length;
      size += some.length;
      if (size < piece) continue;
      yield room;
      size = 0;
    }
  if (size) yield room.subarray(0, size);
}

/** What a file has from a byte on, in memory that is used again: each part holds until the next one is asked for. */
export async function* readFrom(file: FileHandle, from = 0): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await using _ = file;
  const rooms = [new Uint8Array(2 ** 18), new Uint8Array(2 ** 18)] as const;
  let at = from;
  const read = async (room: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => {
    const { bytesRead } = await file.read(room, 0, room.length, at);
    at += bytesRead;
    return room.subarray(0, bytesRead);
  };
  let part = await read(rooms[0]);
  for (let turn = 1; part.length > 0; turn++) {
    // It is read while the one before it is in use.
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

async function* piecewise(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

/** For who takes a web stream: each part is memory of its own, as it may wait to be read. */
export function streamOf(parts: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = parts[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(stream) {
        const { value, done } = await source.next();
        if (done) stream.close();
        else stream.enqueue(value.slice());
      },
      cancel: async () => void (await source.return?.()),
    },
    { highWaterMark: 0 },
  );
}

function whenMissing(error: unknown): undefined {
  if ((error as { code?: string }).code === "ENOENT") return undefined;
  throw error;
}
