/** Why the user process ended, and what to do about it, in words. */
import { getHeapStatistics } from "node:v8";
import type { ErrorReport } from "../user/protocol.ts";

/** How Node begins its last words when the JavaScript heap is full. */
const heapNote = "<--- Last few GCs --->";
const megabyte = 1024 * 1024;

/** Follows what a process says natively on stderr: the dump of a full heap is a reason, not output. */
export class LastWords {
  #isHeapFull = false;
  #known: string | undefined;

  /** The part of a text that the user should see. */
  shown(text: string): string {
    if (this.#isHeapFull) return "";
    const at = text.indexOf(heapNote);
    if (at < 0) return text;
    this.#isHeapFull = true;
    return text.slice(0, at).trimEnd();
  }

  /** The kernel itself is about to end the process. */
  reasonIs(reason: string): void {
    this.#known = reason;
  }

  /** How the process ended. */
  reason(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#isHeapFull) return "out of memory";
    return this.#known ?? signal ?? `exit code ${code}`;
  }
}

const advice: Readonly<Record<string, () => string>> = {
  "out of memory": () => {
    const limit = Math.round(getHeapStatistics().heap_size_limit / megabyte);
    return ` JavaScript values may take ${limit} MB; start Jupyter with NODE_OPTIONS=--max-old-space-size=<MB> for more.`;
  },
  SIGKILL: () => " Something outside ended it; often the system does when memory runs out.",
};

export function crash(how: string): ErrorReport {
  const evalue = `The user process ended (${how}). A new one was started; all variables are gone.${advice[how]?.() ?? ""}`;
  return { ename: "UserProcessEnded", evalue, traceback: [`UserProcessEnded: ${evalue}`] };
}
