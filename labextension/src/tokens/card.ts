/** Tokens as text, each on the colour of its value. */
import "../../style/text.css";
import type { TokensPayload } from "nnsight-ts/display";
import { colourBar } from "../colour-bar.ts";
import { action } from "../controls.ts";
import { html } from "../dom.ts";
import { drawn, savePicture } from "../drawing.ts";
import { copyAction, foot } from "../foot.ts";
import { formatInteger, formatNumber, formatTick } from "../format.ts";
import { colourAt, cssColour, inkOn, paletteOf } from "../palette.ts";
import type { Action, Figure } from "../renderer.ts";
import { settings } from "../settings.ts";
import { statistic } from "../statistic.ts";
import { currentTheme } from "../theme.ts";
import { tokenHtml, tokenText } from "../token.ts";
import { nearestInLine, type Place } from "./lines.ts";

const WIDTH = 820;
const LONGEST = 40;

export const tokensViewer = (payload: TokensPayload): Figure => new Card(payload);

class Card implements Figure {
  readonly node = html("div", "nnsight-card nnsight-tokens");
  readonly actions: readonly Action[] = [
    { id: "png", label: "png", act: () => this.#save("png") },
    { id: "svg", label: "svg", act: () => this.#save("svg") },
  ];
  #pinned: number | undefined;

  constructor(private readonly payload: TokensPayload) {}

  draw(width: number): void {
    const { payload } = this;
    const { range, tokens, values, label } = payload;
    const palette = paletteOf(range.palette, currentTheme(), settings().palette);
    const isBeside = width >= WIDTH;
    const readout = html("span", "nnsight-readout");
    readout.setAttribute("aria-live", "polite");
    const shares = range.palette === "diverging" ? [-1, -0.5, 0, 0.5, 1] : [0, 0.5, 1];
    const bar = colourBar({
      palette,
      ticks: shares.map((share) => formatTick(share * range.hi)),
      above: label,
      label: `Colours of ${label} from ${formatTick(range.lo)} to ${formatTick(range.hi)}`,
    });
    const key = html("div", "nnsight-key", bar);
    const words = tokens.map((token, i) => {
      const value = values[i] ?? Number.NaN;
      const word = html("span", "nnsight-word", ...tokenHtml(tokenText(token, LONGEST)));
      word.setAttribute("role", "listitem");
      drawn(word);
      word.ariaLabel = `${token.trim() || JSON.stringify(token)}, ${formatNumber(value)}`;
      if (Number.isNaN(value)) word.classList.add("nnsight-no-value");
      else {
        const colour = colourAt(palette, value, range.lo, range.hi);
        Object.assign(word.style, { background: cssColour(colour), color: inkOn(colour) });
      }
      return word;
    });
    const text = html("div", "nnsight-text");
    for (const [i, word] of words.entries())
      text.append(word, ...(tokens[i]!.includes("\n") ? [html("br")] : []));
    text.setAttribute("role", "list");
    text.ariaLabel = `${formatInteger(tokens.length)} tokens coloured by ${label}. Arrow keys move through them.`;
    text.tabIndex = 0;
    const kept = tokens.length < payload.count ? `first ${formatInteger(tokens.length)} of ` : "";
    const head = html(
      "div",
      "nnsight-head",
      ...(payload.name ? [html("b", "", payload.name)] : []),
      html("span", "nnsight-axes nnsight-dim", `${label} of each token`),
      html("span", "nnsight-dim", `${kept}${formatInteger(payload.count)} tokens`),
    );
    const statistics = html("div", "nnsight-row", ...this.#statistics());
    this.node.classList.toggle("nnsight-narrow", !isBeside);
    this.node.replaceChildren(
      head,
      html(
        "div",
        isBeside ? "nnsight-meta" : "",
        html("div", "nnsight-lines", statistics, html("div", "nnsight-row", readout)),
        ...(isBeside ? [key] : []),
      ),
      text,
      ...(isBeside ? [] : [key]),
      foot(this.#footActions(), payload.where).node,
    );
    this.#listen(text, words, (index, isHovered) => {
      words.forEach((word, i) => {
        word.classList.toggle("nnsight-word-hovered", isHovered && i === index);
        word.classList.toggle("nnsight-word-pinned", i === this.#pinned);
      });
      this.#fill(readout, words, index);
    });
  }

  #statistics(): HTMLElement[] {
    const { min, max, mean, missing } = this.payload;
    return [
      ...(mean === null ? [] : [statistic("mean", formatNumber(mean))]),
      ...(min === null ? [] : [statistic("min", formatNumber(min))]),
      ...(max === null ? [] : [statistic("max", formatNumber(max))]),
      ...(missing > 0 ? [statistic("not finite", formatInteger(missing), true)] : []),
    ];
  }

  #fill(readout: HTMLElement, words: readonly HTMLElement[], index: number | undefined): void {
    const { tokens, values } = this.payload;
    if (index === undefined) {
      readout.replaceChildren();
      return;
    }
    const swatch = html("span", "nnsight-swatch");
    swatch.style.background = words[index]!.style.background;
    readout.replaceChildren(
      swatch,
      html("span", "nnsight-dim", `[${index}]`),
      html("span", "", ...tokenHtml(tokenText(tokens[index]!, LONGEST))),
      html("b", "", formatNumber(values[index] ?? Number.NaN)),
      ...(this.#pinned === undefined && index === this.#largest
        ? [html("span", "nnsight-words", "largest")]
        : []),
    );
  }

  get #largest(): number {
    const { values } = this.payload;
    const size = (i: number) => Math.abs(values[i] ?? 0);
    return values.reduce<number>((best, _, i) => (size(i) > size(best) ? i : best), 0);
  }

  #listen(
    text: HTMLElement,
    words: readonly HTMLElement[],
    look: (index: number | undefined, isHovered: boolean) => void,
  ): void {
    const rest = () => look(words.length > 0 ? (this.#pinned ?? this.#largest) : undefined, false);
    const under = ({ target }: Event) => {
      const index = words.findIndex((word) => word.contains(target as Node));
      return index < 0 ? undefined : index;
    };
    text.addEventListener("mouseover", (event) => {
      const index = under(event);
      if (index === undefined) rest();
      else look(index, true);
    });
    text.addEventListener("mouseleave", rest);
    text.addEventListener("click", (event) => {
      this.#pinned = under(event);
      rest();
    });
    text.addEventListener("keydown", (event) => {
      const from = this.#pinned ?? -1;
      const place = (index: number): Place => words[index]!.getBoundingClientRect();
      const far = event.shiftKey ? 10 : 1;
      const to: Record<string, () => number | undefined> = {
        ArrowRight: () => Math.min(words.length - 1, from + far),
        ArrowLeft: () => Math.max(0, from - far),
        ArrowDown: () => nearestInLine(words.length, place, Math.max(0, from), 1),
        ArrowUp: () => nearestInLine(words.length, place, Math.max(0, from), -1),
        Escape: () => undefined,
      };
      const move = to[event.key];
      if (!move || words.length === 0 || (event.key === "Escape" && this.#pinned === undefined)) return;
      this.#pinned = move();
      if (this.#pinned !== undefined) words[this.#pinned]?.scrollIntoView({ block: "nearest" });
      event.preventDefault();
      event.stopPropagation();
      rest();
    });
    rest();
  }

  #footActions(): HTMLElement[] {
    const { tokens, values } = this.payload;
    return [
      copyAction("copy table", () =>
        tokens.map((token, i) => `${JSON.stringify(token)}\t${values[i] ?? "nan"}`).join("\n"),
      ),
      action("png", () => this.#save("png")),
      action("svg", () => this.#save("svg")),
    ];
  }

  #save(kind: "png" | "svg"): void {
    const text = this.node.querySelector<HTMLElement>(".nnsight-text");
    const { name, label } = this.payload;
    if (text) void savePicture(text, name ?? label, kind);
  }
}
