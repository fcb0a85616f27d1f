/** The side panel with what the notebook holds: open a value, drop it, compare two. */
import { Widget } from "@lumino/widgets";
import type { CompareResult, HeldValue, ListResult, TensorPayload } from "nnsight-ts/display";
import "../../style/base.css";
import "../../style/panels.css";
import { onOffer, takeOffers } from "../compared.ts";
import { action } from "../controls.ts";
import { html } from "../dom.ts";
import { formatBytes, formatCount, formatInteger, formatNumber } from "../format.ts";
import { Live } from "../live/live.ts";
import { jumpToLine } from "../provenance.ts";
import { standing, together } from "../view.ts";
import type { Around } from "./around.ts";
import type { Open } from "./place.ts";

const ID = "nnsight.values";

export class ValuesPanel extends Widget {
  readonly #list = html("div", "nnsight-values");
  readonly #total = html("span", "nnsight-dim");
  readonly #status = html("span", "nnsight-status");
  readonly #compare = action("compare", () => void this.#compareTwo());
  /** The names that are to be compared, the first chosen first. */
  readonly #chosen: string[] = [];
  #values: readonly HeldValue[] = [];
  #live: Live | undefined;
  #error = "";
  #isAsked = false;
  /** What the list shows. */
  #drawn = "";

  constructor(
    private readonly around: Around,
    private readonly open: Open,
  ) {
    super();
    this.addClass("nnsight-panel");
    this.#status.setAttribute("role", "status");
    const head = html("div", "nnsight-panel-head", html("b", "", "Values"), this.#total);
    const foot = html("div", "nnsight-foot", this.#compare, this.#status);
    this.node.append(html("div", "nnsight-card", head, this.#list, foot));
    around.onChange(() => void this.#look());
    onOffer(() => void this.#look());
  }

  protected override onAfterAttach(): void {
    void this.#look();
  }

  protected override onAfterShow(): void {
    void this.#look();
  }

  /** Asks for the list again; an answer takes as long as a cell lets nobody else in. */
  async #look(): Promise<void> {
    const { connection } = this.around;
    if (!this.isVisible) return;
    if (this.#live?.connection !== connection) {
      this.#live?.dispose();
      this.#live = new Live(ID);
      this.#live.onChange(() => this.#heard());
      this.#live.connect(connection);
      this.#values = [];
      this.#chosen.length = 0;
    }
    this.#draw();
    const live = this.#live!;
    this.#isAsked = live.canAsk;
    const reply = await live.ask("list", { ask: "list" });
    if (live !== this.#live || reply.kind !== "result") return;
    this.#values = (reply.result as ListResult).values ?? [];
    const names = new Set(this.#values.map(({ name }) => name));
    for (const name of this.#chosen.filter((one) => !names.has(one))) this.#choose(name, false);
    this.#takeOffers();
    this.#draw();
  }

  /** Chooses what figures have offered, by the names that hold it. */
  #takeOffers(): void {
    for (const { id, name } of takeOffers()) {
      this.#error = "";
      const held = this.#values.find(({ value }) => value.kind === "tensor" && value.id === id);
      if (!held) this.#error = `no name of the notebook holds ${name}: give it one to compare it`;
      else if (!this.#chosen.includes(held.name)) this.#choose(held.name, true);
    }
  }

  /** A kernel that has gone has taken all values along; one that has come is asked. */
  #heard(): void {
    const { state, canAsk } = this.#live!;
    if (state === "absent") this.#values = [];
    if (!canAsk) this.#isAsked = false;
    else if (!this.#isAsked) void this.#look();
    this.#draw();
  }

  #choose(name: string, isChosen: boolean): void {
    const at = this.#chosen.indexOf(name);
    if (at >= 0) this.#chosen.splice(at, 1);
    if (isChosen) this.#chosen.push(name);
    if (this.#chosen.length > 2) this.#chosen.shift();
  }

  #draw(): void {
    const drawn = JSON.stringify([this.#values, this.#chosen]);
    if (drawn !== this.#drawn) this.#drawList();
    this.#drawn = drawn;
    const bytes = this.#values.reduce((sum, { value }) => sum + value.bytes, 0);
    this.#total.textContent = this.#values.length > 0 ? formatBytes(bytes) : "";
    this.#compare.disabled = this.#chosen.length !== 2;
    const state = this.#live?.state;
    const waits = state === "waiting" ? "waiting for the kernel" : state === "absent" ? "no kernel" : "";
    const hint = this.#chosen.length === 1 ? "choose another to compare" : "";
    this.#status.textContent = this.#error || waits || hint;
    this.#status.classList.toggle("nnsight-odd", this.#error !== "");
  }

  #drawList(): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
    this.#list.replaceChildren(...this.#values.map((held) => this.#row(held)));
    if (this.#values.length === 0)
      this.#list.append(html("div", "nnsight-empty", "nothing saved yet: call .save() inside a trace"));
    if (focused) this.#list.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #row({ name, cell, value }: HeldValue): HTMLElement {
    const isTensor = value.kind === "tensor";
    const key = <Node extends HTMLElement>(what: string, node: Node): Node => {
      node.dataset.key = `${what} ${name}`;
      return node;
    };
    const title = isTensor
      ? key(
          "open",
          action(name, () => void this.#openOne(name)),
        )
      : html("span", "", name);
    title.classList.add("nnsight-value-name");
    const said = isTensor
      ? [html("span", "", `[${value.shape.join(", ")}]`), html("span", "nnsight-dim", value.dtype)]
      : [
          html("span", "", value.model),
          html("span", "nnsight-dim", `${formatCount(value.parameters)} parameters`),
          ...(value.edits > 0
            ? [html("span", "nnsight-dim", `${value.edits} ${value.edits === 1 ? "edit" : "edits"}`)]
            : []),
        ];
    const pick = key("pick", html("input"));
    Object.assign(pick, {
      type: "checkbox",
      checked: this.#chosen.includes(name),
      ariaLabel: `Compare ${name}`,
    });
    pick.style.visibility = isTensor ? "" : "hidden";
    pick.addEventListener("change", () => {
      this.#choose(name, pick.checked);
      this.#draw();
    });
    const line = `In[${cell}]`;
    const made = key(
      "line",
      action(line, () => jumpToLine(line, this.around.notebook?.node ?? this.node)),
    );
    made.classList.add("nnsight-line");
    const drop = key(
      "drop",
      action("drop", () => void this.#drop(name)),
    );
    drop.ariaLabel = `Drop ${name}`;
    drop.style.visibility = /[.[]/.test(name) ? "hidden" : "";
    return html(
      "div",
      "nnsight-value",
      pick,
      title,
      html("span", "nnsight-value-bytes", formatBytes(value.bytes)),
      html("span", "nnsight-value-facts", ...said),
      html("span", "nnsight-value-acts", drop, made),
    );
  }

  async #ask(query: object): Promise<unknown> {
    const reply = await this.#live?.ask("act", query);
    this.#error = reply?.kind === "error" ? reply.message : "";
    this.#draw();
    return reply?.kind === "result" ? reply.result : undefined;
  }

  async #openOne(name: string): Promise<void> {
    const { session } = this.around;
    const payload = (await this.#ask({ ask: "open", name })) as TensorPayload | undefined;
    if (payload && session) this.open(name, [standing("tensor", payload, session)], session);
  }

  async #drop(name: string): Promise<void> {
    await this.#ask({ ask: "drop", name });
    await this.#look();
  }

  async #compareTwo(): Promise<void> {
    const { session } = this.around;
    const names = [...this.#chosen];
    const result = (await this.#ask({ ask: "compare", names })) as CompareResult | undefined;
    if (!result || !session) return;
    const { first, second, difference, comparison } = result;
    const figures = together("tensor", [difference, first, second], session);
    const said = new Widget({ node: html("div", "nnsight-card nnsight-compared", comparedLine(comparison)) });
    this.open(names.join(" − "), [said, ...figures], session);
  }
}

function comparedLine({
  largest,
  at,
  mean,
  rms,
  cosine,
  different,
  count: all,
}: CompareResult["comparison"]): HTMLElement {
  const facts: readonly (readonly [string, string])[] = [
    ["largest |a − b|", `${formatNumber(largest)} at [${at.join(", ")}]`],
    ["mean", formatNumber(mean)],
    ["rms", formatNumber(rms)],
    ["cosine", cosine === null ? "–" : cosine.toFixed(4)],
    ["different", `${formatInteger(different)} of ${formatInteger(all)}`],
  ];
  return html(
    "div",
    "nnsight-row",
    ...facts.map(([name, value]) =>
      html("span", "nnsight-statistic", html("i", "", name), html("span", "", value)),
    ),
  );
}
