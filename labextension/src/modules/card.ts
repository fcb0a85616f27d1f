/** The modules of a model as a tree under a cell: shapes, parameters, bytes; weights open into their numbers. */
import "../../style/modules.css";
import type { ModulesPayload, TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { type Foot, foot } from "../foot.ts";
import { formatBytes, formatCount } from "../format.ts";
import type { Live } from "../live/live.ts";
import type { Figure } from "../renderer.ts";
import { search } from "../search.ts";
import { statistic } from "../statistic.ts";
import { tensorViewer } from "../tensor/card.ts";
import { moduleRow } from "./row.ts";
import { canOpen, found, openAtFirst, rowsOf, type TreeRow, widened } from "./tree.ts";

export const modulesViewer = (payload: ModulesPayload, live: Live): Figure => new Modules(payload, live);

const FIRST = 24;
/** More rows than that are not on the page at once. */
const MOST = 1500;

class Modules implements Figure {
  readonly node = html("div", "nnsight-card nnsight-modules");
  readonly #tree = html("div", "nnsight-tree");
  readonly #said = html("span", "nnsight-odd");
  readonly #foot: Foot;
  readonly #open: Set<string>;
  readonly #chosen = new Map<string, number>();
  readonly #opened = new Map<string, { readonly node: HTMLElement; readonly figure?: Figure }>();
  #found: ReadonlySet<string> = new Set();
  #focused: string | undefined;
  #width = 0;

  constructor(
    private readonly payload: ModulesPayload,
    private readonly live: Live,
  ) {
    const { root, name, where } = payload;
    this.#open = openAtFirst(payload, FIRST);
    this.#tree.setAttribute("role", "tree");
    this.#tree.ariaLabel = `Modules of ${name}`;
    this.#tree.addEventListener("keydown", (event) => this.#key(event));
    const head = html(
      "div",
      "nnsight-head",
      html("b", "", name),
      html("span", "nnsight-code nnsight-dim", root.kind),
      html("span", "nnsight-axes nnsight-dim", ""),
      html("span", "nnsight-dim", formatBytes(root.bytes)),
    );
    const facts = html(
      "div",
      "nnsight-row",
      statistic("parameters", formatCount(root.parameters)),
      ...(root.extra ? [statistic("", root.extra)] : []),
      search("Find a module", (words) => this.#find(words)),
      this.#said,
    );
    this.#foot = foot([], where);
    live.onChange(() => this.#foot.tell(live.state, payload.id !== undefined));
    this.node.replaceChildren(head, facts, this.#tree, this.#foot.node);
  }

  draw(width: number): void {
    this.#width = width;
    this.node.classList.toggle("nnsight-narrow", width < 640);
    this.#draw();
    this.#foot.tell(this.live.state, this.payload.id !== undefined);
    for (const { figure } of this.#opened.values()) figure?.draw(width);
  }

  dispose(): void {
    for (const { figure } of this.#opened.values()) figure?.dispose?.();
  }

  #rows(): TreeRow[] {
    return rowsOf(this.payload, { open: this.#open, chosen: this.#chosen });
  }

  #draw(): void {
    const hadFocus = this.#tree.contains(document.activeElement);
    const rows = this.#rows();
    this.#focused = rows.some(({ key }) => key === this.#focused) ? this.#focused : rows[0]?.key;
    const { root } = this.payload;
    const most = Math.max(1, ...rows.map(({ module: { bytes, times = 1 } }) => bytes * times));
    const nodes = rows.flatMap((row) => {
      const node = moduleRow(row, {
        most,
        total: root.bytes,
        isOpen: this.#open.has(row.key) || this.#opened.has(this.#weightKey(row)),
        isFound: this.#found.has(row.key),
        choose: (index) => this.#choose(row, index),
      });
      node.tabIndex = row.key === this.#focused ? 0 : -1;
      node.dataset.key = row.key;
      node.addEventListener("click", () => this.#toggle(row));
      const opened = this.#opened.get(this.#weightKey(row));
      return opened ? [node, opened.node] : [node];
    });
    this.#tree.replaceChildren(...nodes);
    if (hadFocus) this.#focus();
  }

  #focus(): void {
    this.#tree.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  #weightKey = ({ weight, path }: TreeRow): string => (weight ? `${path} ${weight.name}` : "");

  #toggle(row: TreeRow): void {
    this.#focused = row.key;
    if (row.weight) void this.#toggleWeight(row);
    else if (canOpen(row) && !this.#open.delete(row.key)) this.#widen([row.key]);
    this.#draw();
  }

  /** Opens groups unless that would be too much to draw. */
  #widen(keys: readonly string[]): void {
    const wider = widened(this.payload, { open: this.#open, chosen: this.#chosen }, keys, MOST);
    for (const key of wider) this.#open.add(key);
    const isAll = keys.every((key) => wider.has(key));
    this.#said.textContent = isAll ? "" : `more than ${MOST} rows are not drawn: close some first`;
  }

  #choose(row: TreeRow, index: number): void {
    this.#chosen.set(row.key, index);
    this.#draw();
  }

  async #toggleWeight(row: TreeRow): Promise<void> {
    const key = this.#weightKey(row);
    const before = this.#opened.get(key);
    if (before) {
      before.figure?.dispose?.();
      this.#opened.delete(key);
      this.#draw();
      return;
    }
    const node = html("div", "nnsight-opened", html("span", "nnsight-dim", "waiting for the kernel"));
    this.#opened.set(key, { node });
    this.#draw();
    const reply = await this.live.ask(key, { ask: "weight", path: row.path, name: row.weight!.name });
    if (this.#opened.get(key)?.node !== node) return;
    if (reply.kind !== "result") {
      const why =
        reply.kind === "error" ? reply.message : "not in the kernel: run the cell again to see its numbers";
      node.replaceChildren(html("span", "nnsight-odd", why));
      return;
    }
    const payload = reply.result as TensorPayload;
    const figure = tensorViewer(payload, this.live.other(payload.id ?? ""));
    this.#opened.set(key, { node, figure });
    node.replaceChildren(figure.node);
    if (this.#width > 0) figure.draw(this.#width);
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget && !(event.target as HTMLElement).dataset.key) return;
    const rows = this.#rows();
    const at = rows.findIndex(({ key }) => key === this.#focused);
    const row = rows[at];
    if (!row) return;
    const isOpen = this.#open.has(row.key);
    const to = {
      ArrowDown: () => this.#go(rows[at + 1]),
      ArrowUp: () => this.#go(rows[at - 1]),
      Home: () => this.#go(rows[0]),
      End: () => this.#go(rows.at(-1)),
      ArrowRight: () => (canOpen(row) && !isOpen ? this.#toggle(row) : this.#go(rows[at + 1])),
      ArrowLeft: () =>
        isOpen ? this.#toggle(row) : this.#go(rows.slice(0, at).findLast(({ depth }) => depth < row.depth)),
      Enter: () => this.#toggle(row),
      " ": () => this.#toggle(row),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    to();
  }

  #go(row: TreeRow | undefined): void {
    if (!row) return;
    this.#focused = row.key;
    for (const node of this.#tree.querySelectorAll<HTMLElement>("[data-key]"))
      node.tabIndex = node.dataset.key === row.key ? 0 : -1;
    this.#focus();
  }

  #find(words: string): string {
    if (words === "") this.#found = new Set();
    else {
      const { keys, around } = found(this.payload, words);
      this.#found = keys;
      this.#widen([...around]);
    }
    this.#draw();
    return words === "" ? "" : `${this.#found.size} found`;
  }
}
