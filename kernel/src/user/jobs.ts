/**
 * What a cell shows of a remote job: one line that changes in place with its state, the log under it, then the download.
 * For pages with the extension as data, see `core/src/display/job/job.ts`; for all others as text.
 */

import type { DisplayHandle, displayTo } from "./display.ts";
import { lineOf } from "./progress.ts";

interface JobEvent {
  readonly status: string;
  readonly text: string;
  readonly attempt: number;
  /** Milliseconds since 1970, by the clock of the service. */
  readonly time: number;
}

interface Shown {
  handle?: DisplayHandle;
  readonly log: string[];
  /** The last one that was not of the log. */
  event: JobEvent;
  readonly begun: number;
  latest: number;
  received: number;
  bytes: number | undefined;
  download: string;
  drawn: number;
}

const mime = "application/vnd.nnsight.job.v1+json";

/** Milliseconds between two drawings of a download. */
const shortest = 100;
/** Of the log, as data: all of it is in the text. */
const shownLines = 200;

/** What the library calls with each event of a job, and as its result arrives. */
export function jobsTo(display: ReturnType<typeof displayTo>) {
  const jobs = new Map<string, Shown>();
  const draw = (id: string, shown: Shown): void => {
    const made = bundleOf(id, shown);
    if (shown.handle) shown.handle.update(made, { raw: true });
    else shown.handle = display(made, { raw: true });
  };
  return {
    event(id: string, event: JobEvent): void {
      const { status, text, attempt, time } = event;
      const shown = jobs.get(id) ?? {
        ...{ log: [], event, begun: time, latest: time },
        ...{ received: 0, bytes: undefined, download: "", drawn: 0 },
      };
      jobs.set(id, shown);
      // A new try says again what the one before it has said.
      if (attempt > shown.event.attempt) shown.log.length = 0;
      if (status === "LOG") shown.log.push(text);
      else shown.event = event;
      shown.latest = time;
      draw(id, shown);
    },
    bytes(id: string, done: number, total: number, seconds: number): void {
      const shown = jobs.get(id);
      if (!shown || (done < total && performance.now() - shown.drawn < shortest)) return;
      shown.drawn = performance.now();
      Object.assign(shown, { bytes: total, received: done });
      const rate = sizeOf(done / Math.max(seconds, 1e-4));
      shown.download = `Downloading result ${lineOf(done, total)} ${sizeOf(done)} of ${sizeOf(total)}, ${seconds.toFixed(1)} s, ${rate}/s`;
      draw(id, shown);
    },
  };
}

function bundleOf(id: string, { event, log, begun, latest, bytes, received, download }: Shown): object {
  const { status: state, text: detail } = event;
  const lines = [`${id} - ${state}: ${detail}`, ...log.map((line) => `  ${line}`)];
  return {
    [mime]: {
      ...{ job: id, state, detail, seconds: (latest - begun) / 1000 },
      ...(bytes !== undefined && { bytes, received }),
      ...(log.length > 0 && { log: log.slice(-shownLines) }),
    },
    "text/plain": [...lines, ...(download ? [download] : [])].join("\n"),
  };
}

/** `13.6 MB` */
function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${step ? (bytes / 1000 ** step).toPrecision(3) : Math.round(bytes)} ${units[step]}`;
}
