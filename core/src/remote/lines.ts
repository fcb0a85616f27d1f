/** What users see of a job: a line for each state, as NNsight's logger writes them, then a bar for the download. */
import { settings } from "../base/settings.ts";
import type { JobEvent } from "./protocol.ts";

/** A kernel shows the lines in one place of its own; else they are written. */
interface Shown {
  event(id: string, event: JobEvent): void;
  bytes(id: string, done: number, total: number, seconds: number): void;
}

const shown = (): Shown | undefined =>
  (globalThis as Record<symbol, unknown>)[Symbol.for("nnsight.remote")] as Shown | undefined;

export interface Lines {
  event(event: JobEvent): void;
  bytes(done: number, total: number): void;
}

export function jobLines(id: string): Lines {
  let begun = 0;
  let last = -1;
  return {
    event(event) {
      const own = shown();
      if (own) own.event(id, event);
      else if (settings.APP.REMOTE_LOGGING) write(`${stateLine(id, event)}\n`);
    },
    bytes(done, total) {
      begun ||= performance.now();
      const own = shown();
      const seconds = (performance.now() - begun) / 1000;
      if (own) own.bytes(id, done, total, seconds);
      else if (settings.APP.REMOTE_LOGGING) {
        const tenth = Math.floor((20 * done) / Math.max(1, total));
        const ended = done >= total;
        if (tenth === last && !ended) return;
        last = tenth;
        if (terminal()) write(`\r${barLine(done, total, seconds)}${ended ? "\n" : ""}`);
        else if (ended) write(`${barLine(done, total, seconds)}\n`);
      }
    },
  };
}

const write = (text: string): void => void globalThis.process?.stderr.write(text);
const terminal = (): boolean => globalThis.process?.stderr.isTTY ?? false;

/** `2024-08-30 19:58:12,517 MainProcess nnsight_remote INFO     bf66301e-… - RECEIVED: Your job …` */
export const stateLine = (id: string, { status, text, time }: JobEvent): string =>
  `${stamp(new Date(time))} MainProcess nnsight_remote ${status === "ERROR" ? "ERROR   " : "INFO    "} ${id} - ${status}: ${text}`;

function stamp(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock},${String(date.getMilliseconds()).padStart(3, "0")}`;
}

const width = 10;

/** `Downloading result: 100%|██████████| 928/928 [00:00<00:00, 812kB/s]`, as tqdm draws it. */
export function barLine(done: number, total: number, seconds: number): string {
  const part = total ? done / total : 1;
  const rate = done / Math.max(seconds, 1e-4);
  const bar = "█".repeat(Math.round(part * width)).padEnd(width);
  const left = clock(rate ? (total - done) / rate : 0);
  return `Downloading result: ${String(Math.floor(part * 100)).padStart(3)}%|${bar}| ${scaled(done)}/${scaled(total)} [${clock(seconds)}<${left}, ${scaled(rate)}B/s]`;
}

const clock = (seconds: number): string =>
  `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Three digits and a prefix: `928`, `13.6M`. */
function scaled(value: number): string {
  for (const unit of ["", "k", "M", "G"]) {
    if (value < 999.5) return (unit === "" ? String(Math.round(value)) : value.toPrecision(3)) + unit;
    value /= 1000;
  }
  return `${value.toPrecision(3)}T`;
}
