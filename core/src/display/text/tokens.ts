/** Tokens with a value each: what the viewer gets, and the picture for those who have none. */
import { cut, jsonBytes, MOST_BYTES, shortWhere } from "../json.ts";
import { rounded } from "../numbers.ts";
import type { Where } from "../payload.ts";
import { type ColourRange, colourRange } from "../range.ts";
import { sampleOf } from "../sample.ts";
import { statisticsOf } from "../statistics.ts";
import { painter, rect, sheet, text, tokenText } from "./svg.ts";

export const TOKENS_MIME = "application/vnd.nnsight.tokens.v1+json";

export interface TokensPayload {
  readonly name?: string;
  /** What the values are, such as `surprisal`. */
  readonly label: string;
  readonly where?: Where;
  /** The first tokens; `count` says how many there are. */
  readonly tokens: readonly string[];
  /** `null` where a value is not finite. */
  readonly values: readonly (number | null)[];
  readonly count: number;
  readonly range: ColourRange;
  /** Of all values. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** How many values are not finite. */
  readonly missing: number;
}

export interface TokensLabels {
  readonly name?: string | undefined;
  readonly label: string;
  readonly where?: Where | undefined;
}

const MOST_TOKENS = 4096;

/** Gives up the last tokens until the JSON is small enough. */
export function tokensPayload(
  tokens: readonly string[],
  values: Float64Array,
  { name, label, where }: TokensLabels,
): TokensPayload {
  const statistics = statisticsOf(values, sampleOf(values));
  const { min, max, mean, nan, positiveInfinity, negativeInfinity } = statistics;
  const known = {
    ...(name !== undefined && { name: cut(name, 500) }),
    label: cut(label, 60),
    ...(where && { where: shortWhere(where) }),
    count: tokens.length,
    range: colourRange(statistics),
    min,
    max,
    mean,
    missing: nan + positiveInfinity + negativeInfinity,
  };
  for (let most = Math.min(MOST_TOKENS, tokens.length); ; most = Math.floor(most * 0.8)) {
    const payload = {
      ...known,
      tokens: tokens.slice(0, most).map((token) => cut(token, 60)),
      values: Array.from(values.subarray(0, most), (value) =>
        Number.isFinite(value) ? rounded(value, 7) : null,
      ),
    };
    if (most === 0 || jsonBytes(payload) <= MOST_BYTES) return payload;
  }
}

const WIDTH = 760;
const LETTER = 6.63;
const LINE = 24;

export function tokensPicture({ tokens, values, range }: TokensPayload): string {
  const paint = painter(range);
  const parts: string[] = [];
  let [x, y] = [0, 0];
  tokens.slice(0, 1000).forEach((token, i) => {
    const word = tokenText(token, 40);
    const width = Math.ceil([...word].length * LETTER) + 6;
    if (x > 0 && x + width > WIDTH) [x, y] = [0, y + LINE];
    const { fill, ink } = paint(values[i] ?? Number.NaN);
    parts.push(rect(x, y, width, 20, fill), text(x + 3, y + 14, word, `fill="${ink}"`));
    x += width + 1;
    if (token.includes("\n")) [x, y] = [0, y + LINE];
  });
  return sheet(WIDTH + 24, y + LINE + 24, parts);
}
