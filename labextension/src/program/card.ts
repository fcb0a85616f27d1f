/** A program under a cell: its picture in the colours of the page, what a line holds, a search, a way to the user's line. */
import "../../style/chart.css";
import "../../style/program.css";
import type { GraphNode, GraphPayload } from "nnsight-ts/display";
import { action } from "../controls.ts";
import { html } from "../dom.ts";
import { download, placed, pngBlob, sheet, svgBlob } from "../download.ts";
import { copyAction } from "../foot.ts";
import { formatBytes, formatSeconds } from "../format.ts";
import { readPicture } from "../picture.ts";
import { jumpToLine } from "../provenance.ts";
import type { Action, Figure, Viewer } from "../renderer.ts";
import { search } from "../search.ts";

export const programViewer: Viewer<GraphPayload & { readonly id?: string }> = (payload, _, bundle) =>
  new Program(payload, String(bundle["image/svg+xml"] ?? ""), String(bundle["text/plain"] ?? ""));

class Program implements Figure {
  readonly node = html("div", "nnsight-card nnsight-program");
  readonly actions: readonly Action[] = [
    { id: "png", label: "png", act: () => void this.#save("png") },
    { id: "svg", label: "svg", act: () => void this.#save("svg") },
  ];
  readonly #picture: SVGSVGElement;
  readonly #readout = html("span", "nnsight-readout");
  /** The lines that can be reached, from top to bottom. */
  readonly #lines: readonly SVGGElement[];
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  #current: SVGGElement | undefined;
  #held: SVGGElement | undefined;

  constructor(
    private readonly payload: GraphPayload,
    picture: string,
    text: string,
  ) {
    this.#nodes = new Map(payload.nodes.map((node) => [String(node.id), node]));
    this.#picture = readPicture(picture);
    this.#picture.removeAttribute("role");
    this.#lines = [...this.#picture.querySelectorAll<SVGGElement>("g.line")];
    const plot = html("div", "nnsight-plot", this.#picture);
    plot.tabIndex = 0;
    plot.setAttribute("role", "img");
    plot.ariaLabel = `The program of a ${payload.name}: ${this.#lines.length} lines. Arrow keys move through them, Enter shows the line of the cell.`;
    plot.addEventListener("pointermove", ({ target }) => this.#point(lineAround(target) ?? this.#held));
    plot.addEventListener("pointerleave", () => this.#point(this.#held));
    plot.addEventListener("click", ({ target }) => this.#hold(lineAround(target)));
    plot.addEventListener("keydown", (event) => this.#key(event));
    this.#readout.setAttribute("aria-live", "polite");
    const find = search("Find in the program", (words) => this.#find(words));
    const foot = html(
      "div",
      "nnsight-foot",
      ...(text ? [copyAction("copy program", () => text)] : []),
      ...this.actions.map(({ label, act }) => action(label, act)),
    );
    this.node.replaceChildren(plot, html("div", "nnsight-row", find, this.#readout), foot);
  }

  draw(): void {}

  #point(line: SVGGElement | undefined): void {
    if (line === this.#current) return;
    this.#current?.classList.remove("nnsight-at");
    line?.classList.add("nnsight-at");
    this.#current = line;
    const node = line && this.#nodes.get(line.dataset.node ?? "");
    this.#readout.replaceChildren(...(node ? said(node, this.node) : []));
  }

  /** A click holds a line and shows what the user has written there. */
  #hold(line: SVGGElement | undefined): void {
    this.#held = line === this.#held ? undefined : line;
    this.#point(line);
    const node = line && this.#nodes.get(line.dataset.node ?? "");
    if (node?.line && this.#held) jumpToLine(node.line, this.node);
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.#hold(undefined);
    else if (event.key === "Enter") this.#hold(this.#current);
    else if (step) {
      event.preventDefault();
      const at = this.#current ? this.#lines.indexOf(this.#current) : -1;
      const next = at + step * (event.shiftKey ? 10 : 1);
      this.#point((this.#held = this.#lines[Math.min(this.#lines.length - 1, Math.max(0, next))]));
    }
  }

  /** Marks what has the words in it, and goes to the first. */
  #find(words: string): string {
    const wanted = words.toLowerCase();
    const found = this.#lines.filter((line) => {
      const { label = "", path = "", detail = "" } = this.#nodes.get(line.dataset.node ?? "") ?? {};
      const isFound = wanted !== "" && `${label} ${path} ${detail}`.toLowerCase().includes(wanted);
      line.classList.toggle("nnsight-found", isFound);
      return isFound;
    });
    found[0]?.scrollIntoView({ block: "nearest" });
    return wanted === "" ? "" : `${found.length} of ${this.#lines.length}`;
  }

  async #save(kind: "png" | "svg"): Promise<void> {
    const { width, height } = this.#picture.viewBox.baseVal;
    const background = getComputedStyle(this.node).getPropertyValue("--v-bg");
    const drawing = sheet({ width, height }, background, [placed(this.#picture, 0, 0)]);
    download(`${this.payload.name}.${kind}`, kind === "png" ? await pngBlob(drawing) : svgBlob(drawing));
  }
}

const lineAround = (target: EventTarget | null): SVGGElement | undefined =>
  (target as Element | null)?.closest<SVGGElement>("g.line") ?? undefined;

/** All that is known of a line, with a way to where it was written. */
function said(node: GraphNode, around: HTMLElement): HTMLElement[] {
  const { path, label, detail, dtype, shape, milliseconds, memo, bytes, line } = node;
  const facts = [
    ...(detail ? [html("span", "nnsight-dim", detail)] : []),
    ...(dtype ? [html("span", "", `${dtype} [${shape?.join(", ") ?? ""}]`)] : []),
    ...(milliseconds === undefined
      ? []
      : [html("span", "", memo ? "memo" : formatSeconds(milliseconds / 1000))]),
    ...(bytes === undefined ? [] : [html("span", "", formatBytes(bytes))]),
  ];
  const link = line ? action(line.replace(/:\d+$/, ""), () => jumpToLine(line, around)) : undefined;
  link?.classList.add("nnsight-line");
  return [html("b", "", node.kind === "module" ? (path ?? label) : label), ...facts, ...(link ? [link] : [])];
}
