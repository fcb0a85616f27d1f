/** The log of a cell under it: a row for each tensor, which opens into the tensor viewer. */
import type { LogLine, LogPayload, LogTensor, TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { formatInteger } from "../format.ts";
import type { Live } from "../live/live.ts";
import type { Figure, Viewer } from "../renderer.ts";
import { tensorViewer } from "../tensor/index.ts";
import { lineRows } from "./rows.ts";

export const logViewer: Viewer<LogPayload & { readonly id?: string }> = (payload, live) =>
  new Log(payload, live);

/** Tensors that the reader has opened stay so when more lines come. */
const opened = new Set<string>();

class Log implements Figure {
  readonly node = html("div", "nnsight-card nnsight-log-card");
  readonly #tensors = new Map<string, Figure>();
  #width = 0;

  constructor(
    payload: LogPayload,
    private readonly live: Live,
  ) {
    const list = html("div", "nnsight-log");
    list.setAttribute("role", "log");
    list.tabIndex = 0;
    list.ariaLabel = "Log of the cell";
    for (const line of payload.lines) list.append(...this.#rows(line));
    const { earlier } = payload;
    const said = html(
      "div",
      "nnsight-dim nnsight-log-more",
      `${formatInteger(earlier)} earlier lines in the log panel`,
    );
    this.node.append(...(earlier > 0 ? [said] : []), list);
    // As the list is put on the page the rows are there, so that what was open can be opened again.
    for (const line of payload.lines)
      for (const part of line.parts)
        if ("tensor" in part && part.tensor.id && opened.has(part.tensor.id)) this.#open(part.tensor);
  }

  draw(width: number): void {
    this.#width = width;
    this.node.classList.toggle("nnsight-log-narrow", width < 640);
    for (const figure of this.#tensors.values()) figure.draw(width);
  }

  dispose(): void {
    for (const figure of this.#tensors.values()) figure.dispose?.();
  }

  #rows(line: LogLine): HTMLElement[] {
    const rows = lineRows(line, { around: this.node, open: (tensor) => this.#toggle(tensor) });
    const ids = line.parts.flatMap((part) => ("tensor" in part ? [part.tensor.id ?? ""] : []));
    rows.forEach((row, i) => {
      if (ids[i]) row.dataset.tensor = ids[i];
    });
    return rows;
  }

  #toggle(tensor: LogTensor): void {
    if (tensor.id === undefined) return;
    if (opened.delete(tensor.id)) this.#close(tensor.id);
    else {
      opened.add(tensor.id);
      this.#open(tensor);
    }
  }

  #close(id: string): void {
    this.#tensors.get(id)?.dispose?.();
    this.#tensors.delete(id);
    this.node.querySelector(`[data-opened="${id}"]`)?.remove();
    this.#mark(id, false);
  }

  #open({ id }: LogTensor): void {
    if (id === undefined || this.node.querySelector(`[data-opened="${id}"]`)) return;
    const row = this.#mark(id, true);
    const place = html("div", "nnsight-log-opened", html("span", "nnsight-dim", "waiting for the kernel"));
    place.dataset.opened = id;
    row?.after(place);
    void this.#fill(id, place);
  }

  async #fill(id: string, place: HTMLElement): Promise<void> {
    const live = this.live.other(id);
    const reply = await live.ask("show", { ask: "show" });
    if (!this.node.contains(place)) return;
    if (reply.kind !== "result") {
      place.replaceChildren(html("span", "nnsight-odd", "no longer in the kernel: run the cell again"));
      return;
    }
    const figure = tensorViewer(reply.result as TensorPayload, live);
    this.#tensors.set(id, figure);
    place.replaceChildren(figure.node);
    if (this.#width > 0) figure.draw(this.#width);
  }

  #mark(id: string, isOpen: boolean): HTMLElement | null {
    const row = this.node.querySelector<HTMLElement>(`[data-tensor="${id}"]`);
    const button = row?.querySelector<HTMLElement>(".nnsight-log-shape");
    if (button) button.ariaExpanded = String(isOpen);
    return row;
  }
}
