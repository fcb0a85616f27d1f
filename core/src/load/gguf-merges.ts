/** The merges that SentencePiece's scores stand for: a pair is merged earlier, the higher its whole stands. */

/** Characters of the longest piece whose halves are looked for, so that a hostile vocabulary costs no more than its length. */
const LONGEST = 128;

/** What GGML calls an ordinary token. */
const NORMAL = 1;

/**
 * Pairs of pieces that make another, in the order in which they are merged.
 * @param kinds by GGML's numbers; without them all are ordinary
 */
export function mergesOf(
  tokens: readonly string[],
  scores: readonly number[],
  kinds: readonly number[],
): (readonly [string, string])[] {
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) if ((kinds[id] ?? NORMAL) === NORMAL) ids.set(token, id);
  const found: { readonly pair: readonly [string, string]; readonly score: number }[] = [];
  for (const [token, id] of ids) {
    const characters = Array.from(token);
    if (characters.length > LONGEST) continue;
    for (let i = 1, at = 0; i < characters.length; i++) {
      at += characters[i - 1]!.length;
      const [left, right] = [token.slice(0, at), token.slice(at)];
      if (ids.has(left) && ids.has(right)) found.push({ pair: [left, right], score: scores[id]! });
    }
  }
  return found.sort((a, b) => b.score - a.score).map(({ pair }) => pair);
}
