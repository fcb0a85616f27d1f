/** A logit lens under a cell: a row for each layer, a column for each token, in the cells what would come next. */
import "../../style/text.css";
import type { LogitLensPayload } from "nnsight-ts/display";
import { colourBar } from "../colour-bar.ts";
import { action, choice } from "../controls.ts";
import { Cursor } from "../cursor.ts";
import { html } from "../dom.ts";
import { savePicture } from "../drawing.ts";
import { copyAction, foot } from "../foot.ts";
import { formatInteger, formatNumber, formatShare } from "../format.ts";
import { paletteOf } from "../palette.ts";
import type { Action, Figure } from "../renderer.ts";
import { settings } from "../settings.ts";
import { statistic } from "../statistic.ts";
import { currentTheme } from "../theme.ts";
import { tokenHtml, tokenText } from "../token.ts";
import { cellsOf } from "./cells.ts";
import { rowsShown, settledRow, type Table, tableOf, usualStep } from "./table.ts";

const WIDTH = 820;
const SLOT = 88;
const TICKS = ["0", ".25", ".5", ".75", "1"];
const STEPS = { "1": "all layers", "2": "every 2nd", "3": "every 3rd", "4": "every 4th", "6": "every 6th" };
const ARROWS: Readonly<Record<string, readonly [rows: number, cols: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export const lensViewer = (payload: LogitLensPayload): Figure => new Card(payload);

class Card implements Figure {
  readonly node = html("div", "nnsight-card nnsight-lens");
  readonly actions: readonly Action[] = [
    { id: "png", label: "png", act: () => this.#save("png") },
    { id: "svg", label: "svg", act: () => this.#save("svg") },
  ];
  readonly #table: Table;
  readonly #cursor = new Cursor();
  #every: number;
  #width = 0;
  #point = (): void => {};

  constructor(private readonly payload: LogitLensPayload) {
    this.#table = tableOf(payload);
    const usual = usualStep(this.#table.rows);
    this.#every = Number(Object.keys(STEPS).find((step) => Number(step) >= usual) ?? 6);
    this.#cursor.onChange(() => this.#point());
  }

  draw(width: number): void {
    this.#width = width;
    const { payload } = this;
    const total = Math.min(WIDTH, width);
    const isBeside = total >= WIDTH;
    const palette = paletteOf("sequential", currentTheme(), settings().palette);
    const rows = rowsShown(this.#table.rows, this.#every);
    this.#cursor.rest({ row: rows.length - 1, col: this.#table.cols - 1 });
    const readout = html("span", "nnsight-readout nnsight-guesses");
    readout.setAttribute("aria-live", "polite");
    const title = "probability of the top token";
    const key = html(
      "div",
      "nnsight-key",
      colourBar({ palette, ticks: TICKS, above: title, label: `Colours: ${title}, from 0 to 1` }),
    );
    const cells = cellsOf(payload, this.#table, rows, palette, total);
    const statistics = html("div", "nnsight-row", ...this.#statistics());
    this.node.classList.toggle("nnsight-narrow", !isBeside);
    this.node.replaceChildren(
      this.#header(),
      html(
        "div",
        isBeside ? "nnsight-meta" : "",
        html("div", "nnsight-lines", statistics, html("div", "nnsight-row", readout)),
        ...(isBeside ? [key] : []),
      ),
      cells.node,
      ...(isBeside ? [] : [key]),
      foot(this.#footActions(), payload.where).node,
    );
    cells.node.scrollLeft = cells.node.scrollWidth;
    this.#point = () => {
      const { row, col } = this.#cursor.shown;
      cells.mark(this.#cursor);
      this.#fill(readout, rows[row]!, col);
    };
    this.#listen(cells.node, cells.placeOf, rows.length);
    this.#point();
  }

  #header(): HTMLElement {
    const { layerCount, positionCount, vocabulary, top, name } = this.payload;
    return html(
      "div",
      "nnsight-head",
      html("b", "", name ?? "logit lens"),
      html("span", "nnsight-code", `[${layerCount}, ${positionCount}, ${vocabulary}]`),
      html(
        "span",
        "nnsight-axes nnsight-dim",
        `layer ${layerCount} · position ${positionCount} · token ${formatInteger(vocabulary)}`,
      ),
      html("span", "nnsight-dim", `top ${top} kept`),
    );
  }

  /** Of the last position: what the last layer says, and since which layer. */
  #statistics(): HTMLElement[] {
    const { layers, positions, positionCount, layerCount } = this.payload;
    const [answer] = this.#table.guesses(this.#table.rows - 1, positions - 1);
    const word = html("b", "", ...tokenHtml(tokenText(answer?.word ?? "", 16)));
    const cut = layers.length < layerCount ? ` (${layers.length} kept)` : "";
    return [
      statistic("answer", word),
      statistic("p", formatNumber(answer?.probability ?? 0)),
      statistic("leads from layer", String(layers[settledRow(this.#table, positions - 1)])),
      statistic("rows", `${STEPS[String(this.#every) as keyof typeof STEPS]} of ${layerCount}${cut}`),
      ...(positions < positionCount ? [statistic("positions", `last ${positions} of ${positionCount}`)] : []),
    ];
  }

  /** `[29, 13] ·Mary .68 ·John .11 …`, each over a bar. */
  #fill(readout: HTMLElement, row: number, col: number): void {
    const { layers, positions, positionCount } = this.payload;
    const place = `[${layers[row]}, ${col + positionCount - positions}]`;
    const slots = this.#table.guesses(row, col).map(({ word, probability }) => {
      const bar = html("u");
      bar.style.width = `${Math.max(1, probability * (SLOT - 4))}px`;
      return html(
        "span",
        "nnsight-guess",
        ...tokenHtml(tokenText(word)),
        html("span", "nnsight-dim", ` ${probability < 0.005 ? "<.01" : formatShare(probability)}`),
        bar,
      );
    });
    readout.replaceChildren(html("span", "nnsight-dim nnsight-guess-place", place), ...slots);
  }

  #listen(
    node: HTMLElement,
    placeOf: (event: Event) => { row: number; col: number } | undefined,
    rows: number,
  ): void {
    const cursor = this.#cursor;
    node.addEventListener("mouseover", (event) => cursor.hover(placeOf(event)));
    node.addEventListener("mouseleave", () => cursor.hover(undefined));
    node.addEventListener("click", (event) => cursor.pin(placeOf(event)));
    node.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      const far = event.shiftKey ? 10 : 1;
      if (arrow) cursor.step(arrow[0] * far, arrow[1] * far, { rows, cols: this.#table.cols });
      else if (event.key === "Escape" && cursor.pinned) cursor.pin(undefined);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  #footActions(): HTMLElement[] {
    const { layers } = this.payload;
    const steps = Object.fromEntries(
      Object.entries(STEPS).filter(([step]) => step === "1" || Number(step) < this.#table.rows),
    ) as Partial<typeof STEPS>;
    return [
      ...(this.#table.rows > 2
        ? [
            choice(
              "Which layers have a row",
              steps as Record<string, string>,
              String(this.#every),
              (step) => {
                this.#every = Number(step);
                this.#cursor.pin(undefined);
                this.draw(this.#width);
                this.node.querySelector("select")?.focus();
              },
            ),
          ]
        : []),
      copyAction("copy table", () =>
        layers
          .map((layer, row) =>
            [
              layer,
              ...Array.from({ length: this.#table.cols }, (_, col) =>
                JSON.stringify(this.#table.guesses(row, col)[0]?.word),
              ),
            ].join("\t"),
          )
          .join("\n"),
      ),
      action("png", () => this.#save("png")),
      action("svg", () => this.#save("svg")),
    ];
  }

  #save(kind: "png" | "svg"): void {
    const table = this.node.querySelector<HTMLElement>(".nnsight-lens-table");
    if (table) void savePicture(table, this.payload.name ?? "logit lens", kind);
  }
}
