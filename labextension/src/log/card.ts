/** The log of a cell under it: a row for each tensor, which opens into the tensor viewer. */
import type { LogLine, LogPayload, LogTensor, TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { formatInteger } from "../format.ts";
import type { Live } from "../live/live.ts";
import type { Figure, Viewer } from "../renderer.ts";
import { tensorViewer } from "../tensor/card.ts";
import { lineRows } from "./rows.ts";

export const logViewer: Viewer<LogPayload & { readonly id?: string }> = (payload, live) =>
  new Log(payload, live);

/** Tensors that the reader has opened stay so when more lines come. */
const opened = new Set<string>();

class Log implements Figure {
  readonly node = html("div", "nnsight-card nnsight-log-card");
  readonly #tensors = new Map<string, Figure>();
  /** What was open before more lines came. */
  readonly #reopen: (() => void)[] = [];
  #width = 0;

  constructor(
    payload: LogPayload,
    private readonly live: Live,
  ) {
    const list = html("div", "nnsight-log");
    list.setAttribute("role", "log");
    list.tabIndex = 0;
    list.ariaLabel = "Log of the cell";
    for (const line of payload.lines) list.append(...this.#rows(payload.session, line));
    const { earlier } = payload;
    const said = html(
      "div",
      "nnsight-dim nnsight-log-more",
      `${formatInteger(earlier)} earlier lines in the log panel`,
    );
    this.node.append(...(earlier > 0 ? [said] : []), list);
    for (const open of this.#reopen) open();
  }

  draw(width: number): void {
    this.#width = width;
    this.node.classList.toggle("nnsight-log-narrow", width < 640);
    for (const figure of this.#tensors.values()) figure.draw(width);
  }

  dispose(): void {
    for (const figure of this.#tensors.values()) figure.dispose?.();
  }

  #rows(session: string, line: LogLine): HTMLElement[] {
    return lineRows(line, {
      around: this.node,
      made: (tensor, row, at) => {
        const key = `${session} ${line.n} ${at}`;
        if (opened.has(key)) this.#reopen.push(() => this.#open(key, tensor, row));
      },
      open: (tensor, row, at) => {
        const key = `${session} ${line.n} ${at}`;
        if (opened.delete(key)) return this.#close(key, row);
        opened.add(key);
        return this.#open(key, tensor, row);
      },
    });
  }

  #close(key: string, row: HTMLElement): void {
    this.#tensors.get(key)?.dispose?.();
    this.#tensors.delete(key);
    if (row.nextElementSibling?.classList.contains("nnsight-log-opened")) row.nextElementSibling.remove();
    mark(row, false);
  }

  #open(key: string, tensor: LogTensor, row: HTMLElement): void {
    const place = html("div", "nnsight-log-opened", html("span", "nnsight-dim", "waiting for the kernel"));
    row.after(place);
    mark(row, true);
    void this.#fill(key, tensor, place);
  }

  async #fill(key: string, { id = "", name }: LogTensor, place: HTMLElement): Promise<void> {
    const live = this.live.other(id);
    const reply = await live.ask("show", { ask: "show" });
    if (!this.node.contains(place)) return;
    if (reply.kind !== "result") {
      place.replaceChildren(html("span", "nnsight-odd", "no longer in the kernel: run the cell again"));
      return;
    }
    const figure = tensorViewer({ ...(reply.result as TensorPayload), ...(name && { name }) }, live);
    this.#tensors.set(key, figure);
    place.replaceChildren(figure.node);
    if (this.#width > 0) figure.draw(this.#width);
  }
}

function mark(row: HTMLElement, isOpen: boolean): void {
  const button = row.querySelector<HTMLElement>(".nnsight-log-shape");
  if (button) button.ariaExpanded = String(isOpen);
}
