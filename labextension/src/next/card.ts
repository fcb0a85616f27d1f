/** The likeliest next tokens as bars. */
import "../../style/text.css";
import type { NextTokensPayload } from "nnsight-ts/display";
import { action } from "../controls.ts";
import { html, withRole } from "../dom.ts";
import { drawn, savePicture } from "../drawing.ts";
import { copyAction, foot } from "../foot.ts";
import { formatInteger, formatNumber, formatTick } from "../format.ts";
import type { Action, Figure } from "../renderer.ts";
import { statistic } from "../statistic.ts";
import { tokenHtml, tokenText } from "../token.ts";
import { scaleOf } from "./scale.ts";

const LONGEST = 18;

export const nextViewer = (payload: NextTokensPayload): Figure => new Card(payload);

class Card implements Figure {
  readonly node = html("div", "nnsight-card nnsight-next");
  readonly actions: readonly Action[] = [
    { id: "png", label: "png", act: () => this.#save("png") },
    { id: "svg", label: "svg", act: () => this.#save("svg") },
  ];

  constructor(private readonly payload: NextTokensPayload) {}

  draw(): void {
    const { payload } = this;
    const { entries, vocabulary, rest, entropy, name } = payload;
    const head = html(
      "div",
      "nnsight-head",
      html("b", "", name ?? "next token"),
      html("span", "nnsight-axes nnsight-dim", `likeliest ${entries.length} of ${formatInteger(vocabulary)}`),
    );
    const statistics = html(
      "div",
      "nnsight-row",
      statistic("entropy", `${formatNumber(entropy)} bits`),
      statistic("all others", formatNumber(rest)),
    );
    this.node.replaceChildren(head, statistics, this.#table(), foot(this.#footActions(), payload.where).node);
  }

  #table(): HTMLElement {
    const { entries } = this.payload;
    const highest = scaleOf(entries[0]?.probability ?? 1);
    const ticks = [0, 0.5, 1].map((share) => drawn(html("span", "", formatTick(share * highest))));
    const heads = [
      withRole("columnheader", "nnsight-next-token", "token"),
      withRole("columnheader", "nnsight-next-ticks", ...ticks),
      ...["probability", "logit", "id"].map((name) => withRole("columnheader", "", name)),
    ];
    heads[1]!.ariaLabel = "bar";
    const rows = entries.map(({ token, id, probability, logit }, i) => {
      const bar = html("i", "nnsight-next-bar");
      bar.style.width = `${(100 * probability) / highest}%`;
      drawn(bar);
      const track = withRole("cell", "nnsight-next-track", bar);
      track.ariaLabel = `${(100 * probability).toFixed(1)} %`;
      const best = i === 0 ? " nnsight-next-best" : "";
      return row(
        withRole(
          "rowheader",
          `nnsight-next-token${best}`,
          drawn(html("span", "", ...tokenHtml(tokenText(token, LONGEST)))),
        ),
        track,
        withRole("cell", best, drawn(html("span", "", formatNumber(probability)))),
        withRole("cell", "nnsight-dim", drawn(html("span", "", formatNumber(logit)))),
        withRole("cell", "nnsight-dim", drawn(html("span", "", String(id)))),
      );
    });
    const table = html("div", "nnsight-next-table", row(...heads), ...rows);
    table.setAttribute("role", "table");
    table.ariaLabel = `Likeliest next tokens${entries[0] ? `, first ${JSON.stringify(entries[0].token)}` : ""}`;
    return table;
  }

  #footActions(): HTMLElement[] {
    const { entries } = this.payload;
    return [
      copyAction("copy table", () =>
        entries
          .map(({ token, id, probability, logit }) =>
            [JSON.stringify(token), id, probability, logit].join("\t"),
          )
          .join("\n"),
      ),
      action("png", () => this.#save("png")),
      action("svg", () => this.#save("svg")),
    ];
  }

  #save(kind: "png" | "svg"): void {
    const table = this.node.querySelector<HTMLElement>(".nnsight-next-table");
    if (table) void savePicture(table, this.payload.name ?? "next token", kind);
  }
}

const row = (...cells: HTMLElement[]): HTMLElement => withRole("row", "nnsight-next-row", ...cells);
