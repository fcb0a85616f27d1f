/** What the attention viewer gets: all heads small, in at most 64 KB of JSON, and by which id the kernel knows the rest. */
import type { DType } from "../../tensor/type.ts";
import { capacity } from "../encode.ts";
import { histogramOf } from "../histogram.ts";
import { cut, jsonBytes, MOST_BYTES, shortWhere } from "../json.ts";
import { bytesOf } from "../numbers.ts";
import type { Where } from "../payload.ts";
import { type HeadMeasures, measuresOf, rowSumError } from "./measures.ts";
import { isCausal, type Pattern } from "./pattern.ts";
import { type AttentionPreview, attentionPreview } from "./preview.ts";

export const ATTENTION_MIME = "application/vnd.nnsight.attention.v1+json";

export interface AttentionPayload {
  /** By which a page may ask the kernel for cells of the tensor, as for any other. */
  readonly id?: string;
  /** The title. */
  readonly name?: string;
  /** What reads the tensor in the program. */
  readonly expression?: string;
  readonly where?: Where;
  readonly dtype: DType;
  /** The last two dimensions are query and key; of those before, the last is the head. */
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly axes: readonly (string | null)[];
  /** One for each key. The queries are the last of them. */
  readonly tokens?: readonly string[];
  readonly heads: readonly HeadMeasures[];
  /** Whether no query looks at what comes after it. */
  readonly causal: boolean;
  /** How far the weights of a query are from 1 in sum, at most. */
  readonly rowSumError: number;
  /** Counts of the weights that the mask leaves, over equal stretches from 0 to 1. */
  readonly histogram: readonly number[];
  readonly preview: AttentionPreview;
}

/** What the caller knows beyond the numbers. */
export interface AttentionLabels {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly expression?: string | undefined;
  readonly where?: Where | undefined;
  readonly tokens?: readonly string[] | undefined;
}

/** Gives up cells first, then tokens, until the JSON is small enough. */
export function attentionPayload(
  pattern: Pattern,
  type: { readonly dtype: DType; readonly shape: readonly number[] },
  { id, name, expression, where, tokens }: AttentionLabels,
): AttentionPayload {
  const causal = isCausal(pattern);
  const known = {
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name: cut(name, 500) }),
    ...(expression !== undefined && { expression: cut(expression, 500) }),
    ...(where && { where: shortWhere(where) }),
    dtype: type.dtype,
    shape: type.shape,
    bytes: pattern.values.length * bytesOf(type.dtype),
    axes: ["batch", "head", "query", "key"].slice(-type.shape.length),
    heads: measuresOf(pattern),
    causal,
    rowSumError: rowSumError(pattern),
    histogram: histogramOf(visible(pattern, causal), { lo: 0, hi: 1 }),
  };
  const labels = tokens?.map((token) => cut(token, 24));
  for (let most = capacity.float32; ; most = Math.floor(most * 0.75)) {
    const payload = {
      ...known,
      ...(labels && most > 64 && { tokens: labels }),
      preview: attentionPreview(pattern, causal, most),
    };
    if (most <= 64 || jsonBytes(payload) <= MOST_BYTES) return payload;
  }
}

/** The weights that a mask leaves, evenly spread queries of them where they are many. */
function visible({ values, heads, queries, keys }: Pattern, causal: boolean): Float64Array {
  const every = Math.ceil((heads * queries * keys) / (1 << 20));
  const kept: number[] = [];
  for (let row = 0; row < heads * queries; row += every) {
    const seen = causal ? (row % queries) + keys - queries + 1 : keys;
    for (let key = 0; key < seen; key++) kept.push(values[row * keys + key]!);
  }
  return Float64Array.from(kept);
}
