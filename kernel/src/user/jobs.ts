/** What a cell shows of a remote job: one line that changes in place with its state, the log under it, then the download. */

import type { DisplayHandle, displayTo } from "./display.ts";
import { lineOf } from "./progress.ts";

interface JobEvent {
  readonly status: string;
  readonly text: string;
  readonly attempt: number;
}

interface Shown {
  readonly handle: DisplayHandle;
  readonly lines: string[];
  state: string;
  attempt: number;
  download: string;
  drawn: number;
}

/** Milliseconds between two drawings of a download. */
const shortest = 100;

/** What the library calls with each event of a job, and as its result arrives. */
export function jobsTo(display: ReturnType<typeof displayTo>) {
  const jobs = new Map<string, Shown>();
  const draw = ({ handle, state, lines, download }: Shown): void =>
    handle.update([state, ...lines, ...(download ? [download] : [])].join("\n"));
  return {
    event(id: string, { status, text, attempt }: JobEvent): void {
      const state = `${id} - ${status}: ${text}`;
      let shown = jobs.get(id);
      if (!shown) {
        const handle = display.text!(state);
        shown = { handle, lines: [], state, attempt: 0, download: "", drawn: 0 };
        jobs.set(id, shown);
      }
      // A new try says again what the one before it has said.
      if (attempt > shown.attempt) {
        shown.lines.length = 0;
        shown.attempt = attempt;
      }
      if (status === "LOG") shown.lines.push(`  ${text}`);
      else shown.state = state;
      draw(shown);
    },
    bytes(id: string, done: number, total: number, seconds: number): void {
      const shown = jobs.get(id);
      if (!shown || (done < total && performance.now() - shown.drawn < shortest)) return;
      shown.drawn = performance.now();
      const rate = sizeOf(done / Math.max(seconds, 1e-4));
      shown.download = `Downloading result ${lineOf(done, total)} ${sizeOf(done)} of ${sizeOf(total)}, ${seconds.toFixed(1)} s, ${rate}/s`;
      draw(shown);
    },
  };
}

/** `13.6 MB` */
function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${step ? (bytes / 1000 ** step).toPrecision(3) : Math.round(bytes)} ${units[step]}`;
}
