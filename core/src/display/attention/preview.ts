/** The weights of all heads that stay in the notebook: pooled until they are few, without what a causal mask hides. */
import { type Encoding, encode } from "../encode.ts";
import { reduce } from "../live/reduce.ts";
import type { Pattern } from "./pattern.ts";

export interface AttentionPreview {
  /** How many queries and keys are under a cell, which shows the largest weight. */
  readonly pool: number;
  readonly rows: number;
  readonly cols: number;
  /** Whether of each row only the cells up to the diagonal are kept. */
  readonly packed: boolean;
  readonly encoding: Encoding;
  /** Head after head, row after row, in base64. */
  readonly data: string;
}

export function attentionPreview(pattern: Pattern, causal: boolean, most: number): AttentionPreview {
  const { heads, queries, keys } = pattern;
  const packed = causal && queries === keys;
  const cells = (rows: number, cols: number) => heads * (packed ? (rows * (rows + 1)) / 2 : rows * cols);
  let pool = 1;
  while (pool < Math.max(queries, keys) && cells(Math.ceil(queries / pool), Math.ceil(keys / pool)) > most)
    pool++;
  const [rows, cols] = [Math.ceil(queries / pool), Math.ceil(keys / pool)];
  const kept = new Float64Array(cells(rows, cols));
  let at = 0;
  for (let head = 0; head < heads; head++) {
    const pooled = pooledHead(pattern, head, pool);
    for (let row = 0; row < rows; row++) {
      const line = pooled.subarray(row * cols, row * cols + (packed ? row + 1 : cols));
      kept.set(line, at);
      at += line.length;
    }
  }
  return { pool, rows, cols, packed, ...encode(kept, "float32") };
}

function pooledHead({ values, queries, keys }: Pattern, head: number, pool: number): Float64Array {
  const plane = {
    values,
    start: head * queries * keys,
    rows: queries,
    cols: keys,
    rowStride: keys,
    colStride: 1,
  };
  const whole = { row: 0, col: 0, rows: queries, cols: keys };
  return reduce(plane, whole, [pool, pool], "absmax");
}
