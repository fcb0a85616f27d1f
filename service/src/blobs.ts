/** Bytes by the hash of their content: what was submitted, and results. */
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";

export interface Blobs {
  /** Writes them whole or not at all. */
  put(hash: string, bytes: Uint8Array): Promise<void>;
  read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** From a byte on; nothing when there is no such blob. */
  stream(hash: string, from: number): Promise<ReadableStream<Uint8Array> | undefined>;
  remove(hash: string): Promise<void>;
}

export class MemoryBlobs implements Blobs {
  readonly #blobs = new Map<string, Uint8Array<ArrayBuffer>>();

  async put(hash: string, bytes: Uint8Array): Promise<void> {
    this.#blobs.set(hash, bytes.slice());
  }

  async read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#blobs.get(hash);
  }

  async stream(hash: string, from: number): Promise<ReadableStream<Uint8Array> | undefined> {
    const bytes = this.#blobs.get(hash);
    return bytes && (new Blob([bytes.subarray(from)]).stream() as ReadableStream<Uint8Array>);
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
    const path = this.#path(hash);
    await mkdir(join(path, ".."), { recursive: true });
    const part = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    try {
      await writeFile(part, bytes);
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return readFile(this.#path(hash)).then((bytes) => Uint8Array.from(bytes), whenMissing);
  }

  async stream(hash: string, from: number): Promise<ReadableStream<Uint8Array> | undefined> {
    const path = this.#path(hash);
    if (!(await stat(path).catch(whenMissing))) return undefined;
    const stream = createReadStream(path, { start: from, highWaterMark: 2 ** 20 });
    return Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array>;
  }

  async remove(hash: string): Promise<void> {
    await rm(this.#path(hash), { force: true });
  }

  #path(hash: string): string {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error("a blob is named by its SHA-256");
    return join(this.#folder, hash.slice(0, 2), hash);
  }
}

function whenMissing(error: unknown): undefined {
  if ((error as { code?: string }).code === "ENOENT") return undefined;
  throw error;
}
