/** Writes a file so that a reader sees the old one or the whole new one, and never a part. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ValueError } from "../base/errors.ts";
import { codeOf } from "./file-range.ts";

/**
 * Gives `write` a new file beside the path, and puts it in the path's place when that has succeeded.
 * @throws ValueError where no file can be made
 */
export async function replaceFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    const file = await open(partial, "wx").catch((cause: Error) => {
      const why = codeOf(cause) === "ENOENT" ? `there is no folder ${dirname(path)}` : cause.message;
      throw new ValueError(`${path} cannot be written: ${why}.`, { cause });
    });
    try {
      await write(file);
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
