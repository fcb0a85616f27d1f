/** The inside of a module under a cell: operators and calls that open in place, a search, what a step holds. */
import "../../style/chart.css";
import "../../style/flow.css";
import type { FlowPayload, FlowStep } from "nnsight-ts/display";
import { action, toggle } from "../controls.ts";
import { html, svg } from "../dom.ts";
import { download, placed, pngBlob, sheet, svgBlob } from "../download.ts";
import { foot } from "../foot.ts";
import { formatInteger } from "../format.ts";
import type { Action, Figure } from "../renderer.ts";
import { search } from "../search.ts";
import { drawBody } from "./draw.ts";
import { arrange } from "./elk.ts";
import { around, findSteps, type Laid, Layouts, type Way, widened } from "./layout.ts";
import { keepInPlace, slide } from "./moving.ts";

export const flowViewer = (payload: FlowPayload): Figure => new Flow(payload);

const MOST_FOUND = 50;

class Flow implements Figure {
  readonly node = html("div", "nnsight-card nnsight-flow");
  readonly actions: readonly Action[] = [
    { id: "png", label: "png", act: () => void this.#save("png") },
    { id: "svg", label: "svg", act: () => void this.#save("svg") },
  ];
  readonly #layouts: Layouts;
  readonly #open = new Set<Way>();
  readonly #plot = html("div", "nnsight-plot");
  readonly #picture = svg("svg");
  readonly #readout = html("span", "nnsight-readout");
  readonly #said = html("span", "nnsight-odd");
  #types = false;
  #drawn: ReturnType<typeof drawBody> | undefined;
  #current: Way | undefined;
  #found: ReadonlySet<Way> = new Set();
  #turn = 0;

  constructor(private readonly payload: FlowPayload) {
    const { name, kind, bodies, root, where } = payload;
    this.#layouts = new Layouts(bodies, arrange);
    const plot = this.#plot;
    plot.append(this.#picture);
    plot.tabIndex = 0;
    plot.setAttribute("role", "img");
    plot.ariaLabel = `What ${name} does: ${bodies[root]!.steps.length} steps. Arrow keys move through them, Enter opens and closes.`;
    plot.addEventListener("pointermove", ({ target }) => this.#point(wayAt(target)));
    plot.addEventListener("pointerleave", () => this.#point(undefined));
    plot.addEventListener("click", ({ target }) => void this.#toggle(wayAt(target)));
    plot.addEventListener("keydown", (event) => this.#key(event));
    this.#readout.setAttribute("aria-live", "polite");
    const head = html(
      "div",
      "nnsight-head",
      html("b", "", name),
      html("span", "nnsight-code nnsight-dim", kind),
      html("span", "nnsight-axes nnsight-dim", ""),
      html("span", "nnsight-dim", `${formatInteger(bodies[root]!.size)} operators`),
    );
    const row = html(
      "div",
      "nnsight-row",
      search("Find a step", (words) => this.#find(words)),
      this.#readout,
      this.#said,
    );
    const types = toggle("types", false, (isOn) => {
      this.#types = isOn;
      void this.#lay();
    });
    const last = foot(
      [
        action("open all", () => void this.#openAll()),
        action("close all", () => void this.#closeAll()),
        types,
        ...this.actions.map(({ label, act }) => action(label, act)),
      ],
      where,
    );
    this.node.replaceChildren(head, row, plot, last.node);
  }

  draw(): void {
    if (!this.#drawn) void this.#lay();
  }

  /** @param eye the step that stays where it is on the page */
  async #lay(eye?: Way): Promise<void> {
    const turn = ++this.#turn;
    const { bodies, root } = this.payload;
    const laid = await this.#layouts.of(root, this.#open, this.#types);
    if (turn !== this.#turn) return;
    const before = this.#drawn?.steps;
    this.#show(laid, drawBody(bodies, laid, this.#types));
    const drawn = this.#drawn!;
    if (eye && before?.has(eye)) keepInPlace(this.#plot, before.get(eye)!.at, drawn.steps.get(eye)!.at);
    if (before) slide(drawn.steps, before);
    this.#mark();
    this.node.dataset.steps = String(drawn.steps.size);
  }

  #show({ width, height }: Laid, drawn: ReturnType<typeof drawBody>): void {
    const size = { width: Math.ceil(width) + 8, height: Math.ceil(height) + 8 };
    for (const [name, value] of Object.entries({ ...size, viewBox: `-2 -2 ${size.width} ${size.height}` }))
      this.#picture.setAttribute(name, String(value));
    this.#picture.replaceChildren(...drawn.parts);
    this.#drawn = drawn;
  }

  #point(way: Way | undefined): void {
    if (way === this.#current) return;
    this.#current = way;
    this.#mark();
    const step = way === undefined ? undefined : this.#drawn?.steps.get(way)?.step;
    this.#readout.replaceChildren(...(step ? said(step, this.payload) : []));
  }

  /** The step in hand with its edges, and what was found. */
  #mark(): void {
    for (const [way, { node }] of this.#drawn?.steps ?? []) {
      node.classList.toggle("nnsight-at", way === this.#current);
      node.classList.toggle("nnsight-found", this.#found.has(way));
    }
    for (const edge of this.#picture.querySelectorAll<SVGPathElement>(".nnsight-edge"))
      edge.classList.toggle(
        "nnsight-at",
        this.#current !== undefined &&
          (edge.dataset.from === this.#current || edge.dataset.to === this.#current),
      );
  }

  async #toggle(way: Way | undefined): Promise<void> {
    if (way === undefined || this.#drawn?.steps.get(way)?.step.body === undefined) return;
    if (this.#open.has(way))
      for (const one of [...this.#open]) (one === way || one.startsWith(`${way}.`)) && this.#open.delete(one);
    else if (!this.#widen([way])) return;
    await this.#lay(way);
  }

  /** Opens groups unless that would be too much to draw. */
  #widen(ways: readonly Way[]): boolean {
    const { bodies, root } = this.payload;
    const { open, count } = widened(bodies, root, this.#open, ways);
    this.#said.textContent = open ? "" : `that would be ${formatInteger(count)} steps: close some first`;
    for (const way of open ?? []) this.#open.add(way);
    return open !== undefined;
  }

  async #openAll(): Promise<void> {
    const { steps } = this.#drawn ?? { steps: new Map() };
    const closed = [...steps].filter(([way, { step }]) => step.body !== undefined && !this.#open.has(way));
    if (this.#widen(closed.map(([way]) => way))) await this.#lay();
  }

  async #closeAll(): Promise<void> {
    this.#open.clear();
    this.#said.textContent = "";
    await this.#lay();
  }

  #key(event: KeyboardEvent): void {
    const ways = [...(this.#drawn?.steps.keys() ?? [])];
    const at = this.#current === undefined ? -1 : ways.indexOf(this.#current);
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Enter" || event.key === " ") void this.#toggle(this.#current);
    else if (event.key === "Escape") this.#point(undefined);
    else if (step) {
      this.#point(ways[Math.min(ways.length - 1, Math.max(0, at + step * (event.shiftKey ? 10 : 1)))]);
      this.#drawn?.steps.get(this.#current!)?.node.scrollIntoView({ block: "nearest" });
    } else return;
    event.preventDefault();
  }

  #find(words: string): string {
    const { bodies, root } = this.payload;
    const ways = words === "" ? [] : findSteps(bodies, root, words, MOST_FOUND);
    this.#found = new Set(ways);
    const [first] = ways;
    const isOpened =
      first !== undefined && around(first).some((one) => !this.#open.has(one)) && this.#widen(around(first));
    const show = () => first && this.#drawn?.steps.get(first)?.node.scrollIntoView({ block: "nearest" });
    if (isOpened) void this.#lay().then(show);
    else {
      this.#mark();
      show();
    }
    return words === "" ? "" : `${ways.length}${ways.length === MOST_FOUND ? " or more" : ""} found`;
  }

  async #save(kind: "png" | "svg"): Promise<void> {
    const [width, height] = ["width", "height"].map((name) => Number(this.#picture.getAttribute(name)));
    const background = getComputedStyle(this.node).getPropertyValue("--v-bg");
    const drawing = sheet({ width: width!, height: height! }, background, [placed(this.#picture, 0, 0)]);
    download(`${this.payload.name}.${kind}`, kind === "png" ? await pngBlob(drawing) : svgBlob(drawing));
  }
}

const wayAt = (target: EventTarget | null): Way | undefined =>
  (target as Element | null)?.closest<SVGGElement>("[data-way]")?.dataset.way;

function said({ label, detail, type, body }: FlowStep, { bodies }: FlowPayload): HTMLElement[] {
  return [
    html("b", "", label),
    ...(detail ? [html("span", "nnsight-dim", detail)] : []),
    ...(type ? [html("span", "", type)] : []),
    ...(body === undefined
      ? []
      : [html("span", "nnsight-dim", `${formatInteger(bodies[body]!.size)} operators`)]),
  ];
}
