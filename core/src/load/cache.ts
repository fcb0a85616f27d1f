/** The folder for files that the library makes once, and the rule by which one process makes what several ask for. */
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RuntimeError } from "../base/errors.ts";
import { codeOf, isThere, readTextIfThere } from "./file-range.ts";
import { take, touch } from "./lock.ts";
import { isGone, newOwner } from "./owner.ts";

/** `NNSIGHT_CACHE`, else `nnsight-ts` in `XDG_CACHE_HOME`, else in `~/.cache`. */
export function cacheFolder(): string {
  const { NNSIGHT_CACHE, XDG_CACHE_HOME } = process.env;
  return resolve(NNSIGHT_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "nnsight-ts"));
}

/**
 * Makes a folder unless it is there. It appears whole or not at all: `make` fills another folder beside it, which is
 * then renamed. Of several processes one makes it while the others wait; what a killed one left behind is taken away.
 * @throws RuntimeError when the disk is full or cannot be written
 */
export async function makeOnce(folder: string, make: (partial: string) => Promise<void>): Promise<void> {
  const owner = newOwner();
  const lock = `${folder}.lock`;
  try {
    await mkdir(dirname(folder), { recursive: true });
    while (!(await isThere(folder))) {
      if (!(await take(lock, owner))) {
        await delay(50);
        continue;
      }
      const partial = `${folder}.${owner}.partial`;
      const heartbeat = setInterval(() => void Promise.all([lock, partial].map(touch)), 1000).unref();
      try {
        await sweep(folder);
        if (await isThere(folder)) return;
        await mkdir(partial);
        await make(partial);
        await rename(partial, folder);
      } catch (error) {
        // Whoever thought this process dead and took its place has finished, or is about to.
        const disturbed = codeOf(error) === "ENOENT" && !(await isThere(partial));
        if (!disturbed && !(await isThere(folder))) throw error;
      } finally {
        clearInterval(heartbeat);
        await rm(partial, { recursive: true, force: true });
        if ((await readTextIfThere(lock)) === owner) await rm(lock, { force: true });
      }
    }
  } catch (error) {
    throw explained(error, folder);
  }
}

/** Takes a folder away at once, whole. */
export async function discard(folder: string): Promise<void> {
  const away = `${folder}.${newOwner()}.partial`;
  try {
    await rename(folder, away);
    await rm(away, { recursive: true, force: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** Removes what killed processes left of this folder. */
async function sweep(folder: string): Promise<void> {
  const start = `${basename(folder)}.`;
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(start) || !name.endsWith(".partial")) continue;
    const path = join(dirname(folder), name);
    const there = await stat(path).catch(() => undefined);
    if (there && isGone(name.slice(start.length, -".partial".length), there.mtimeMs)) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

function explained(error: unknown, folder: string): unknown {
  const at = dirname(folder);
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    const text = `the disk is full: ${at} has no room for the converted model. Free some space there`;
    return new RuntimeError(`${text}, or set NNSIGHT_CACHE to a folder on another disk.`, { cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR") {
    const text = `${at} cannot be written (${code}). Set NNSIGHT_CACHE to a folder that can be`;
    return new RuntimeError(`${text}.`, { cause: error });
  }
  return error;
}
