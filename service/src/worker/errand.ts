/** One leased job from its begin to its end: it is run, its lines are told, it is stopped in time, what it made is given back. */
import type { Problem } from "nnsight-ts/remote";
import type { Logger } from "pino";
import type { Ending } from "../broker/desk.ts";
import { type Cell, discard, type Ran } from "./cell.ts";
import { again, type Leased, type Line } from "./line.ts";

export interface ErrandOptions {
  readonly line: Line;
  readonly log: Logger;
  /** Seconds that a job may run. */
  readonly seconds: number;
  /** Bytes of memory of a child. */
  readonly memory: number;
}

/** How long a child may take from the word to stop until it is killed. */
const grace = 5000;

type Reason = "TIME_LIMIT" | "CANCELLED" | "LOST";

/** @throws Error when what was made cannot be given back: then the lease runs out */
export async function runLease(cell: Cell, lease: Leased, options: ErrandOptions): Promise<void> {
  const { line, log, seconds } = options;
  const lines: string[] = [];
  let reason: Reason | undefined;
  const stop = (why: Reason): void => {
    if (reason) return;
    reason = why;
    cell.stop(lease.id);
    ending.push(setTimeout(() => cell.kill(why, lease.id), grace));
  };
  const say = async (): Promise<void> => {
    const said = lines.splice(0, 500);
    try {
      const order = await line.beat(lease, said);
      if (order === "cancel") stop("CANCELLED");
      if (order === "lost") stop("LOST");
    } catch (error) {
      lines.unshift(...said);
      throw error;
    }
  };
  // One after the other, so that lines keep their order.
  let saying = Promise.resolve();
  const speak = (): void => {
    saying = saying.then(say).catch((error) => log.warn({ error: String(error) }, "no beat"));
  };
  let soon: NodeJS.Timeout | undefined;
  const note = (said: string): void => {
    lines.push(said);
    soon ??= setTimeout(() => {
      soon = undefined;
      speak();
    }, 30);
  };
  const ending: NodeJS.Timeout[] = [];
  let since = 0;
  const begun = (): void => {
    since = performance.now();
    ending.push(setTimeout(() => stop("TIME_LIMIT"), seconds * 1000));
  };
  const beats = setInterval(speak, lease.beat);
  let ran: Ran;
  try {
    ran = await cell.run(lease.id, lease.program, { log: note, begun });
  } catch (error) {
    const message = `the model cannot be opened: ${error instanceof Error ? error.message : error}`;
    ran = { kind: "failed", problem: { code: "REMOTE", reason: "LOADING", message } };
  } finally {
    clearInterval(beats);
    clearTimeout(soon);
    await saying;
    for (const timer of ending) clearTimeout(timer);
  }
  const took = since ? (performance.now() - since) / 1000 : 0;
  if (reason === "LOST" || (ran.kind === "died" && ran.by === "STOPPED")) return await discard(ran);
  while (lines.length) await again(say);
  if (ran.kind === "died") log.warn({ job: lease.job, by: ran.by }, "a child died");
  // The next try may be elsewhere, and after some the broker ends the job.
  if (ran.kind === "died" && !reason && ran.by !== "MEMORY_LIMIT") return await line.release(lease);
  const end = { ...endOf(reason, ran, options), seconds: took };
  const made = (ran.kind === "died" ? undefined : ran.made) ?? new Uint8Array();
  await again(() => line.end(lease, end, made)).finally(() => discard(ran));
  log.info({ job: lease.job, attempt: lease.attempt, reason }, ran.kind);
}

function endOf(reason: Reason | undefined, ran: Ran, options: ErrandOptions): Ending {
  if (ran.kind === "done") return { status: "COMPLETED" };
  if (reason === "CANCELLED") return { status: "CANCELLED" };
  return { status: "ERROR", problem: problemOf(reason, ran, options) };
}

function problemOf(reason: Reason | undefined, ran: Ran, { seconds, memory }: ErrandOptions): Problem {
  if (reason === "TIME_LIMIT")
    return {
      code: "REMOTE",
      reason,
      message: `the job ran longer than ${seconds} seconds, which is the limit. Run it in parts.`,
    };
  if (ran.kind === "failed") return ran.problem;
  return {
    code: "REMOTE",
    reason: "MEMORY_LIMIT",
    message: `the job took more than ${(memory / 2 ** 30).toFixed(1)} GiB of memory, which is the limit. Save less, or use fewer prompts at once.`,
  };
}
