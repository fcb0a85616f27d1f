/** Locks between processes: a file that names its owner, who says again and again that it is alive. */
import { rm, stat, utimes, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf, readTextIfThere } from "./file-range.ts";
import { isGone, newOwner } from "./owner.ts";

/**
 * Runs `body` while no other process holds the lock. One that its owner cannot give back any more is taken away.
 * @param isDone asked while another holds it: true when nothing is left to do
 */
export async function withLock(
  lock: string,
  body: () => Promise<void>,
  isDone: () => Promise<boolean>,
): Promise<void> {
  const owner = newOwner();
  while (!(await take(lock, owner))) {
    if (await isDone()) return;
    await delay(50);
  }
  const heartbeat = setInterval(() => void touch(lock), 1000).unref();
  try {
    if (!(await isDone())) await body();
  } finally {
    clearInterval(heartbeat);
    if ((await readTextIfThere(lock)) === owner) await rm(lock, { force: true });
  }
}

/** Whether the lock is ours now. One that its owner cannot give back any more is taken away, for the next try. */
export async function take(lock: string, owner: string): Promise<boolean> {
  try {
    await writeFile(lock, owner, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const there = await stat(lock).catch(() => undefined);
  const holder = (await readTextIfThere(lock)) ?? "";
  if (there && isGone(holder, there.mtimeMs)) await rm(lock, { force: true });
  return false;
}

/** Says that the owner of a file is alive. */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}
