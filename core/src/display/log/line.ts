/** A line of `nnsight.log` as a page shows it: words, and tensors in one row of numbers each. */
import type { Tree } from "../../base/tree.ts";
import type { Made } from "../../ir/node.ts";
import { type Host, isHost } from "../../tensor/host.ts";
import { formatLog } from "../../trace/log.ts";
import { histogramOf } from "../histogram.ts";
import { numbersOf, rounded } from "../numbers.ts";
import { sampleOf } from "../sample.ts";
import { statisticsOf } from "../statistics.ts";

export const LOG_MIME = "application/vnd.nnsight.log.v1+json";

/** A tensor in a line. */
export interface LogTensor {
  /** By which the kernel knows it, if it can be asked for more. */
  readonly id?: string;
  /** The words before it. */
  readonly name?: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of the finite values; `null` where there is none to speak of. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  readonly nan: number;
  readonly inf: number;
  /** How the values are spread from the smallest to the largest. */
  readonly spread: readonly number[];
}

export type LogPart = { readonly text: string } | { readonly tensor: LogTensor };

/** What the library knows of a line. */
export interface LogEntry {
  /** The line of the cell that wrote it, such as `In[7]:2`. */
  readonly line: string;
  readonly parts: readonly LogPart[];
}

/** A line as the kernel keeps it: the `n`-th of its process. */
export interface LogLine extends LogEntry {
  readonly n: number;
  /** Seconds since its cell began. */
  readonly seconds: number;
}

/** The log of a cell so far: its last lines, as many as a notebook should keep. */
export interface LogPayload {
  /** Of the process: numbers of lines begin anew with it. */
  readonly session: string;
  readonly lines: readonly LogLine[];
  /** Lines of this output that came before these. */
  readonly earlier: number;
}

/** What a page may ask of the id `nnsight.log`: lines from the `from`-th on. */
export interface LinesQuery {
  readonly ask: "lines";
  readonly from: number;
}

export interface LinesResult {
  readonly session: string;
  readonly lines: readonly LogLine[];
  /** How many lines there are in all; those that were dropped to make room count. */
  readonly total: number;
}

const SPREAD = 24;

/** `keep` puts a tensor within reach of the page, under the words before it. */
export function logParts(
  message: readonly Tree<Made>[],
  keep: (host: Host, name: string) => string | undefined,
): LogPart[] {
  const parts: LogPart[] = [];
  for (const part of message) {
    const last = parts.at(-1);
    const name = last && "text" in last ? last.text.replace(/[\s:=]+$/, "") : "";
    if (isHost(part) && part.shape.length > 0)
      parts.push({ tensor: logTensor(part, name, keep(part, name)) });
    else if (last && "text" in last) parts[parts.length - 1] = { text: `${last.text} ${formatLog([part])}` };
    else parts.push({ text: formatLog([part]) });
  }
  return parts;
}

function logTensor(host: Host, name: string, id: string | undefined): LogTensor {
  const numbers = numbersOf(host);
  const sample = sampleOf(numbers);
  const { min, max, mean, std, nan, positiveInfinity, negativeInfinity } = statisticsOf(numbers, sample);
  const [lo, hi] = [min ?? 0, max ?? 0];
  const range = { lo, hi: hi > lo ? hi : lo + 1, palette: "diverging" as const };
  const short = (x: number | null) => x && rounded(x, 7);
  return {
    ...(id !== undefined && { id }),
    ...(name && { name }),
    dtype: host.dtype,
    shape: host.shape,
    min: short(min),
    max: short(max),
    mean: short(mean),
    std: short(std),
    nan,
    inf: positiveInfinity + negativeInfinity,
    spread: histogramOf(sample.values, range, SPREAD),
  };
}
