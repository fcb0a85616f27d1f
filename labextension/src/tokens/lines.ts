/** Moving between lines of text, whose words stand where the page has put them. */

export interface Place {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

/** The word of the next line, or of the line before, that stands nearest under or over a word; the word itself if there is none. */
export function nearestInLine(
  count: number,
  place: (index: number) => Place,
  from: number,
  step: 1 | -1,
): number {
  const start = place(from);
  const middle = ({ left, right }: Place) => (left + right) / 2;
  let best = from;
  let line: number | undefined;
  for (let i = from; i >= 0 && i < count; i += step) {
    const at = place(i);
    if (at.top === start.top) continue;
    line ??= at.top;
    if (at.top !== line) break;
    const nearer = Math.abs(middle(at) - middle(start)) < Math.abs(middle(place(best)) - middle(start));
    if (best === from || nearer) best = i;
  }
  return best;
}
