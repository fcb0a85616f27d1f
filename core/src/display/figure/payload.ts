/** What a notebook keeps of a figure: plotly.js's own JSON within 64 KB, with a picture, and with a word on what was left out. */
import { packColumn } from "./arrays.ts";
import { draw } from "./draw.ts";
import type { Heat } from "./marks.ts";
import { type ReadTrace, readTraces } from "./read.ts";
import { sampled } from "./sample.ts";
import { type FigureSpec, type Layout, titleOf } from "./spec.ts";

export const FIGURE_MIME = "application/vnd.nnsight.figure.v1+json";
/** What JupyterLab with plotly's extension, VS Code and others draw themselves. */
export const PLOTLY_MIME = "application/vnd.plotly.v1+json";

export interface FigurePayload {
  /** plotly.js's traces, long arrays as `{ dtype, bdata, shape }`. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly layout: Layout;
  /** The colours of a heatmap, as the picture has them. */
  readonly heat?: Heat;
  /** Set when there is less here than was given: the most values of a trace. */
  readonly sampled?: { readonly shown: number; readonly of: number };
}

const MOST_BYTES = 64 * 1024;
/** So many would be more than that at a byte for each. */
const MOST_VALUES = MOST_BYTES * 0.75;
/** Points that a picture of this width can show. */
const DRAWN_POINTS = 1200;

/** Gives up points until all of it is small enough. */
export function figureBundle(spec: FigureSpec): Record<string, unknown> {
  const traces = readTraces(spec);
  const layout = spec.layout ?? {};
  const largest = Math.max(1, ...traces.map(sizeOf));
  const each = Math.max(40, Math.floor((2 * DRAWN_POINTS) / Math.max(2, traces.length)));
  for (let most = Math.min(MOST_VALUES, Math.max(64, largest)); ; most = Math.floor(most * 0.7)) {
    const kept = traces.map((trace) => sampled(trace, most));
    const shown = Math.max(1, ...kept.map(sizeOf));
    const { svg, heat } = draw(
      kept.map((trace) => (trace.columns.has("z") ? trace : sampled(trace, each))),
      layout,
    );
    const data = kept.map(written);
    const payload: FigurePayload = {
      data,
      layout,
      ...(heat && { heat }),
      ...(shown < largest && { sampled: { shown, of: largest } }),
    };
    const plain = { "image/svg+xml": svg, "text/plain": textOf(traces, layout) };
    const bundle = { [FIGURE_MIME]: payload, ...plain };
    if (bytesOf(bundle) > MOST_BYTES && most > 32) continue;
    const open = { ...bundle, [PLOTLY_MIME]: { data, layout } };
    return bytesOf(open) <= MOST_BYTES ? open : bundle;
  }
}

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

const sizeOf = ({ columns }: ReadTrace): number =>
  Math.max(
    0,
    ...[...columns.values()].map((column) =>
      "words" in column ? column.words.length : column.numbers.length,
    ),
  );

/** A trace with its columns back in their places. */
function written({ columns, rest }: ReadTrace): Record<string, unknown> {
  const trace = structuredClone(rest) as Record<string, unknown>;
  for (const [path, column] of columns) {
    const keys = path.split(".");
    let at = trace;
    for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
    at[keys.at(-1)!] = packColumn(column);
  }
  return trace;
}

/** A figure in a sentence. */
function textOf(traces: readonly ReadTrace[], layout: Layout): string {
  const kinds = traces.map(
    (trace) =>
      `${trace.kind}${typeof trace.rest.name === "string" ? ` ${trace.rest.name}` : ""} (${sizeOf(trace)})`,
  );
  return `Figure${titleOf(layout.title) && ` "${titleOf(layout.title)}"`}: ${kinds.join(", ") || "no traces"}`;
}
