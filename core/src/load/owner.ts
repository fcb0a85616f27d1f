/** Names of processes in lock files, by which others see whether the process is still there. */
import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** An owner that has not touched its files for so long (in ms) is taken for dead, wherever it runs. */
const LONGEST_SILENCE = 30_000;

const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** A name for one piece of work of this process. */
export const newOwner = (): string => `${machine}-${process.pid}-${randomBytes(4).toString("hex")}`;

/**
 * Whether an owner will not come back: its process is not there any more, or it has been silent for long.
 * @param touched when it last touched its file, in ms since 1970
 */
export function isGone(owner: string, touched: number): boolean {
  if (Date.now() - touched > LONGEST_SILENCE) return true;
  const [on, pid] = owner.split("-");
  return on === machine && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
