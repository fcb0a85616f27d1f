/** Which lines of a head are worth drawing. */
import type { Cells } from "./heads.ts";

export interface Line {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
}

const LEAST = 0.02;
const MOST = 1500;

/** The strongest, the weakest of them first, so that the strong ones lie on top. */
export function strongest({ values, cols, pool }: Cells, queries: number, keys: number): Line[] {
  const all: Line[] = [];
  values.forEach((weight, i) => {
    if (!(weight >= LEAST)) return;
    const [query, key] = [Math.floor(i / cols) * pool, (i % cols) * pool];
    if (query < queries && key < keys) all.push({ query, key, weight });
  });
  return all.sort((a, b) => a.weight - b.weight).slice(-MOST);
}
