/** What is said of a head: its numbers, the place that is looked at, a sentence for those who do not see it. */
import type { AttentionPayload } from "nnsight-ts/display";
import type { Place } from "../cursor.ts";
import { html } from "../dom.ts";
import { formatNumber } from "../format.ts";
import { colourAt, cssColour } from "../palette.ts";
import { tokenHtml, tokenText } from "../token.ts";
import { keyToken, queryToken, type Scene, weightAt } from "./scene.ts";

export function fillStatistics(
  node: HTMLElement,
  { heads, rowSumError }: AttentionPayload,
  head: number,
): void {
  const { entropy, first, previous, itself } = heads[head]!;
  const entry = (name: string, value: string, odd = false) =>
    html("span", "nnsight-statistic", html("i", "", name), html("span", odd ? "nnsight-odd" : "", value));
  node.replaceChildren(
    entry("mean entropy", `${formatNumber(entropy)} bits`),
    entry("on first token", formatNumber(first)),
    entry("on previous", formatNumber(previous)),
    entry("on itself", formatNumber(itself)),
    entry(
      "row sums",
      rowSumError === 0 ? "1" : `1 ± ${Number(rowSumError.toPrecision(1)).toExponential().replace("-", "−")}`,
      !(rowSumError < 0.01),
    ),
  );
}

/** `[0, 5, 13, 1] ·to → ·Mary 0.421` */
export function fillReadout(node: HTMLElement, scene: Scene, place: Place, atRest: boolean): void {
  const weight = weightAt(scene, place.row, place.col);
  const { payload, head, cells } = scene;
  const swatch = html("span", "nnsight-swatch");
  swatch.style.background = cssColour(colourAt(scene.palette, weight, 0, 1));
  const span = (from: number, size: number) =>
    cells.pool === 1 ? `${from}` : `${from}:${Math.min(size, from + cells.pool)}`;
  const before = payload.shape.length > 2 ? [...payload.shape.slice(3).map(() => "0"), `${head}`] : [];
  const index = [...before, span(place.row, scene.queries), span(place.col, scene.keys)];
  const tokens = [queryToken(scene, place.row), keyToken(scene, place.col)];
  const words = tokens.every((token) => token !== undefined)
    ? [
        html(
          "span",
          "",
          ...tokenHtml(tokenText(tokens[0]!, 16)),
          " → ",
          ...tokenHtml(tokenText(tokens[1]!, 16)),
        ),
      ]
    : [];
  node.replaceChildren(
    swatch,
    html("span", "nnsight-dim", `[${index.join(", ")}]`),
    ...words,
    html("b", "", formatNumber(weight)),
    ...(atRest ? [html("span", "nnsight-words", "largest of the last query")] : []),
  );
}

export const sentence = ({ payload, head, queries, keys }: Scene, kind: "matrix" | "lines"): string =>
  `Attention${payload.name ? ` of ${payload.name}` : ""} as ${kind === "matrix" ? "a matrix" : "lines"}: head ${head} of ${payload.heads.length}, ${queries} queries by ${keys} keys${payload.causal ? ", each query sees itself and what is before it" : ""}, mean entropy ${formatNumber(payload.heads[head]!.entropy)} bits.`;
