/** Reads bytes of files: pieces of one, and files that may be absent. */
import { closeSync, openSync, readSync } from "node:fs";
import { access, type FileHandle, readFile } from "node:fs/promises";
import { RuntimeError } from "../base/errors.ts";
import type { FileRange } from "../tensor/host.ts";

/** No more than this in one call: the system's own limit is 2 GiB. */
const MOST_AT_ONCE = 1 << 30;

/**
 * The bytes of a range.
 * @throws RuntimeError when the file is gone or shorter than it was
 */
export function readRange({ path, offset, length }: FileRange): ArrayBuffer {
  const bytes = new Uint8Array(length);
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    for (let done = 0; done < length; ) {
      const read = readSync(file, bytes, done, Math.min(length - done, MOST_AT_ONCE), offset + done);
      if (read === 0) throw new Error("the file has become shorter");
      done += read;
    }
  } catch (cause) {
    throw new RuntimeError(
      `weights cannot be read from ${path}: ${(cause as Error).message}. Load the model again.`,
      {
        cause,
      },
    );
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return bytes.buffer;
}

/** Writes all of `bytes` at a place of a file. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, MOST_AT_ONCE);
    done += (await file.write(bytes, done, length, offset + done)).bytesWritten;
  }
}

/** The text of a file, or nothing if it is not there. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The system's code of an error, such as `ENOENT`. */
export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code;
