/** What our viewer gets of a tensor: at most 64 KB of JSON, whatever its size. */
import { type Host, sizeOf } from "../tensor/host.ts";
import type { DType } from "../tensor/type.ts";
import { capacity } from "./encode.ts";
import { histogramOf } from "./histogram.ts";
import { cut, jsonBytes, MOST_BYTES, shortWhere } from "./json.ts";
import { isLarge, makeBlocks } from "./live/summary.ts";
import { bytesOf, type Numbers, numbersOf } from "./numbers.ts";
import { type Preview, previewOf } from "./preview.ts";
import { type ColourRange, colourRange, truthRange } from "./range.ts";
import { type Sample, sampleOf } from "./sample.ts";
import { Seen } from "./seen.ts";
import { firstSlice, planeOfSlice } from "./slice.ts";
import { type Statistics, shiftOf, statisticsOf } from "./statistics.ts";

export type { Encoding } from "./encode.ts";
export type { Preview } from "./preview.ts";

/** The tokens along a dimension. */
export interface Tokens {
  readonly axis: number;
  readonly labels: readonly string[];
}

/** The line that made a value, such as `In[7]:3`, and the module it is of. */
export interface Where {
  /** Nothing where a package wrote the trace. */
  readonly line?: string;
  readonly module?: string;
}

export interface TensorPayload {
  /** By which a page may ask the kernel that showed the tensor for more of it. */
  readonly id?: string;
  readonly name?: string;
  /** The TypeScript that reaches it, where that is more than its name. */
  readonly expression?: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** A name for each dimension, `null` for those without. */
  readonly axes: readonly (string | null)[];
  readonly tokens?: Tokens;
  readonly where?: Where;
  readonly statistics: Statistics;
  /** Counts over equal stretches of the colour range; what lies beyond it is counted at its ends. */
  readonly histogram: readonly number[];
  readonly range: ColourRange;
  /** `null` for a tensor without values. */
  readonly preview: Preview | null;
}

export interface Labels {
  readonly name?: string;
  readonly expression?: string;
  readonly axes?: readonly (string | undefined)[];
  readonly tokens?: Tokens;
  readonly where?: Where;
  readonly id?: string;
}

/** Gives up cells first, then tokens, until the JSON is small enough. */
export function tensorPayload(host: Host, labels: Labels): TensorPayload {
  const x = numbersOf(host);
  const sample = sampleOf(x);
  const statistics = statisticsOf(x, sample, seenIn(x, host.shape, sample));
  const range = host.dtype === "bool" ? truthRange : colourRange(statistics);
  const whole = (preview: Preview | null, tokens: Tokens | undefined): TensorPayload => ({
    ...(labels.id !== undefined && { id: labels.id }),
    ...(labels.name !== undefined && { name: cut(labels.name, 500) }),
    ...(labels.expression !== undefined && { expression: cut(labels.expression, 500) }),
    dtype: host.dtype,
    shape: host.shape,
    bytes: sizeOf(host.shape) * bytesOf(host.dtype),
    axes: host.shape.map((_, i) => cut(labels.axes?.[i] ?? "", 40) || null),
    ...(tokens && { tokens }),
    ...(labels.where && { where: shortWhere(labels.where) }),
    statistics,
    histogram: histogramOf(sample.values, range),
    range,
    preview,
  });
  if (x.length === 0) return whole(null, undefined);
  for (let cells = capacity[host.dtype]; cells > 64; cells = Math.floor(cells * 0.75)) {
    const preview = previewOf(x, host.dtype, host.shape, cells);
    const payload = whole(preview, shownTokens(labels.tokens, preview, host.shape));
    if (jsonBytes(payload) <= MOST_BYTES) return payload;
  }
  return whole(previewOf(x, host.dtype, host.shape, 64), undefined);
}

/** The values of a tensor that is one large plane are gone through together with its blocks, which its picture is made of. */
function seenIn(x: Numbers, shape: readonly number[], { values }: Sample): Seen | undefined {
  const slice = firstSlice(x, shape);
  if (!isLarge(slice) || slice.values.length < x.length) return undefined;
  const seen = new Seen(shiftOf(values));
  makeBlocks(planeOfSlice(slice), seen);
  return seen;
}

/** The tokens of a dimension that is drawn cell by cell; none otherwise. */
function shownTokens(
  tokens: Tokens | undefined,
  preview: Preview,
  shape: readonly number[],
): Tokens | undefined {
  if (!tokens) return undefined;
  const axis = tokens.axis < 0 ? tokens.axis + shape.length : tokens.axis;
  const pooled = axis === preview.rowAxis ? preview.pool[0] : axis === preview.colAxis ? preview.pool[1] : 0;
  if (pooled !== 1) return undefined;
  return { axis, labels: tokens.labels.slice(0, shape[axis]).map((label) => cut(label, 24)) };
}
