/** Downloads one file of the hub: goes on where an earlier try broke off, and keeps nothing that is not what the hub says it is. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { RuntimeError } from "../base/errors.ts";
import { codeOf } from "./file-range.ts";

export interface HubFile {
  /** Its path in the repository. */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of a large file, else what git calls it by: SHA-1 of its header and content. */
  readonly etag: string;
  readonly isLarge: boolean;
}

export interface Source {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How often a connection that breaks is taken up again. */
const TRIES = 5;

/**
 * Puts the content of a file at `target`; what is there of it so far lies beside it.
 * @param tell told how many bytes are there
 * @throws RuntimeError when the hub refuses, the connection keeps breaking, or the content is another one
 */
export async function downloadFile(
  file: HubFile,
  source: Source,
  target: string,
  tell: (done: number) => void,
): Promise<void> {
  const partial = `${target}.incomplete`;
  for (let failures = 0; ; ) {
    const before = await sizeAt(partial);
    try {
      if (before < file.size || file.size === 0) await append(file, source, partial, before, tell);
      if ((await sizeAt(partial)) >= file.size) break;
      throw new Error("the connection ended early");
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      if (codeOf(error) === "ENOSPC")
        throw new RuntimeError(
          `the disk is full: ${file.path} needs ${file.size} bytes. Free some space, or set HF_HOME to a folder on another disk.`,
          { cause: error },
        );
      // Any progress is a reason to go on.
      failures = (await sizeAt(partial)) > before ? 1 : failures + 1;
      if (failures >= TRIES)
        throw new RuntimeError(
          `${file.path} cannot be downloaded: ${(error as Error).message}. Load the model again: it goes on where it stopped.`,
          { cause: error },
        );
      await delay(100 * 2 ** failures);
    }
  }
  await verify(file, partial);
  await rename(partial, target);
}

async function append(
  { path, size }: HubFile,
  { url, headers }: Source,
  partial: string,
  from: number,
  tell: (done: number) => void,
): Promise<void> {
  const response = await fetch(url, { headers: { ...headers, ...(from && { range: `bytes=${from}-` }) } });
  if (response.status === 416) return void (await rm(partial, { force: true }));
  if (response.status >= 500 || response.status === 429) throw new Error(`the hub says ${response.status}`);
  if (!response.ok || !response.body)
    throw new RuntimeError(`the hub refuses ${path} with ${response.status} ${response.statusText}.`);
  // A server that knows no ranges begins anew.
  let at = response.status === 206 ? from : 0;
  const handle = await open(partial, at ? "r+" : "w");
  try {
    for await (const bytes of response.body) {
      if (at + bytes.length > size)
        throw new RuntimeError(`${path} is longer than the hub says. Load the model again later.`);
      for (let done = 0; done < bytes.length; )
        done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      tell((at += bytes.length));
    }
  } finally {
    await handle.close();
  }
}

async function verify({ path, size, etag, isLarge }: HubFile, partial: string): Promise<void> {
  const hash = createHash(isLarge ? "sha256" : "sha1");
  if (!isLarge) hash.update(`blob ${size}\0`);
  for await (const bytes of createReadStream(partial)) hash.update(bytes as Buffer);
  if (hash.digest("hex") === etag) return;
  await rm(partial, { force: true });
  throw new RuntimeError(
    `${path} has arrived with other content than the hub says it has, and is not kept. Load the model again.`,
  );
}

const sizeAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
