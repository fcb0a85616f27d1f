/** Names that are near to a misspelt one, for errors that help. */

/** The up to three candidates that are most like `name`, as `'a', 'b'`, or "" when none is. */
export function nearest(name: string, candidates: Iterable<string>): string {
  const near = [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.min(name.length, candidate.length) / 2))
    .sort((a, b) => a.distance - b.distance);
  return near
    .slice(0, 3)
    .map(({ candidate }) => `'${candidate}'`)
    .join(", ");
}

/** Levenshtein's distance: how many letters must be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row[b.length]!;
}
