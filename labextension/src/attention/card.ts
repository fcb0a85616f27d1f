/** The heads of a layer under a cell: all of them small, one large as a matrix or as lines. */
import "../../style/attention.css";
import type { AttentionPayload } from "nnsight-ts/display";
import { colourBar } from "../colour-bar.ts";
import { action, choice, slider, toggle } from "../controls.ts";
import { Cursor } from "../cursor.ts";
import { html } from "../dom.ts";
import { savePicture } from "../drawing.ts";
import { copyAction, foot } from "../foot.ts";
import { type Grid, grid } from "../grid.ts";
import { header } from "../header.ts";
import type { Live } from "../live/live.ts";
import { paletteOf } from "../palette.ts";
import type { Action, Figure } from "../renderer.ts";
import { settings } from "../settings.ts";
import { currentTheme } from "../theme.ts";
import { Heads } from "./heads.ts";
import { layoutOf } from "./layout.ts";
import { largestKey, lines } from "./lines.ts";
import { type Drawing, matrix } from "./matrix.ts";
import { numbersOf } from "./numbers.ts";
import type { Scene } from "./scene.ts";
import { thumbs } from "./thumbs.ts";
import { fillReadout, fillStatistics, sentence } from "./words.ts";

const WIDTH = 820;
const KINDS = { matrix: "matrix", lines: "lines" } as const;
const TICKS = ["0", ".25", ".5", ".75", "1"];
const ARROWS: Readonly<Record<string, readonly [rows: number, cols: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export const attentionViewer = (payload: AttentionPayload, live: Live): Figure => new Card(payload, live);

class Card implements Figure {
  readonly node = html("div", "nnsight-card nnsight-attention");
  readonly actions: readonly Action[];
  readonly #heads: Heads;
  readonly #cursor = new Cursor();
  #kind: keyof typeof KINDS = settings().attention;
  #held = 0;
  #preview: number | undefined;
  #numbersOpen = false;
  #scene: Scene | undefined;
  #drawing: Drawing | undefined;
  /** Of the last drawing; brings it up to date with the head, and with the cursor alone. */
  #refresh = (): void => {};
  #point = (): void => {};

  constructor(
    private readonly payload: AttentionPayload,
    private readonly live: Live,
  ) {
    this.#heads = new Heads(payload, live);
    this.#cursor.onChange(() => this.#point());
    live.onChange(() => this.#refresh());
    this.actions = [
      { id: "numbers", label: "numbers", act: () => this.#toggleNumbers() },
      { id: "png", label: "png", act: () => this.#save("png") },
      { id: "svg", label: "svg", act: () => this.#save("svg") },
    ];
  }

  draw(width: number): void {
    const { payload } = this;
    const heads = this.#heads;
    const total = Math.min(WIDTH, width);
    const layout = layoutOf(total, heads.count);
    const palette = paletteOf("sequential", currentTheme(), settings().palette);
    const statistics = html("div", "nnsight-row");
    const readout = html("span", "nnsight-readout");
    readout.setAttribute("aria-live", "polite");
    const headSlider = slider("head", heads.count, (head, isMoving) =>
      isMoving ? this.#show(head) : this.#hold(head),
    );
    const isBeside = total >= WIDTH;
    const row = html("div", "nnsight-row", ...(heads.count > 1 ? [headSlider.node] : []), readout);
    const key = html(
      "div",
      "nnsight-key",
      colourBar({ palette, ticks: TICKS, above: payload.histogram, label: "Colours from weight 0 to 1" }),
    );
    const small =
      layout.grid &&
      thumbs(
        heads,
        layout.grid,
        palette,
        payload.heads.map(({ entropy }) => entropy),
        payload.causal,
        {
          held: this.#held,
          preview: (head) => this.#show(head),
          hold: (head) => this.#hold(head),
        },
      );
    const main = html("div", "nnsight-main");
    const plot = html("div", "nnsight-plot-area nnsight-heads-and-one", ...(small ? [small.node] : []), main);
    const panel = html("div", "nnsight-panels");
    const last = foot(this.#footActions(), payload.where);
    this.node.classList.toggle("nnsight-narrow", !isBeside);
    this.node.replaceChildren(
      header(payload),
      html(
        "div",
        isBeside ? "nnsight-meta" : "",
        html("div", "nnsight-lines", statistics, row),
        ...(isBeside ? [key] : []),
      ),
      plot,
      ...(isBeside ? [] : [key]),
      last.node,
      panel,
    );
    let table: Grid | undefined;
    this.#refresh = () => {
      const head = this.#preview ?? this.#held;
      this.#scene = {
        payload,
        head,
        queries: heads.queries,
        keys: heads.keys,
        cells: heads.best(head),
        palette,
        main: layout.main,
        plot: layout.plot,
      };
      this.#drawing = (this.#kind === "matrix" ? matrix : lines)(this.#scene, this.#cursor);
      const { node } = this.#drawing;
      node.setAttribute("role", "img");
      node.tabIndex = 0;
      node.ariaLabel = sentence(this.#scene, this.#kind);
      const hadFocus = main.contains(document.activeElement);
      main.replaceChildren(node);
      if (hadFocus) node.focus({ preventScroll: true });
      headSlider.set(head, true);
      small?.mark(this.#held);
      fillStatistics(statistics, payload, head);
      last.tell(this.live.state, payload.id !== undefined && payload.preview.pool > 1);
      this.#point();
      void heads.refine(head, layout.plot).then((came) => came && this.#refresh());
      table?.dispose();
      table = this.#numbersOpen ? grid(() => numbersOf(this.#scene!, this.#cursor), total) : undefined;
      panel.replaceChildren(...(table ? [table.node] : []));
      table?.draw();
    };
    this.#point = () => {
      const scene = this.#scene!;
      this.#cursor.rest({ row: scene.queries - 1, col: largestKey(scene, scene.queries - 1) });
      this.#drawing?.select();
      fillReadout(readout, scene, this.#cursor.shown, this.#cursor.atRest);
      if (this.#cursor.pinned) table?.draw();
    };
    this.#follow(main);
    this.#refresh();
  }

  #footActions(): HTMLElement[] {
    const { expression } = this.payload;
    return [
      choice("How the head is drawn", KINDS, this.#kind, (kind) => {
        this.#kind = kind;
        this.#cursor.pin(undefined);
        this.#refresh();
      }),
      toggle("numbers", this.#numbersOpen, () => this.#toggleNumbers()),
      ...(expression ? [copyAction("copy expression", () => expression)] : []),
      action("png", () => this.#save("png")),
      action("svg", () => this.#save("svg")),
    ];
  }

  #show(head: number | undefined): void {
    if (this.#preview === head) return;
    this.#preview = head;
    this.#refresh();
  }

  #hold(head: number): void {
    this.#held = head;
    this.#preview = undefined;
    this.#refresh();
  }

  #toggleNumbers(): void {
    this.#numbersOpen = !this.#numbersOpen;
    this.#refresh();
  }

  /** Listens on what stays while the drawing in it changes. */
  #follow(main: HTMLElement): void {
    const cursor = this.#cursor;
    main.addEventListener("mousemove", (event) => cursor.hover(this.#drawing?.placeAt(event)));
    main.addEventListener("mouseleave", () => cursor.hover(undefined));
    main.addEventListener("click", (event) => cursor.pin(this.#drawing?.placeAt(event)));
    main.addEventListener("keydown", (event) => {
      const { key, shiftKey } = event;
      const arrow = ARROWS[key];
      const scene = this.#scene!;
      const far = (shiftKey ? 10 : 1) * scene.cells.pool;
      if (arrow) {
        cursor.step(arrow[0] * far, arrow[1] * far, { rows: scene.queries, cols: scene.keys });
        if (this.#kind === "lines" && arrow[0] !== 0) {
          const { row } = cursor.shown;
          cursor.pin({ row, col: largestKey(scene, row) });
        }
      } else if (key === "Escape" && cursor.pinned) cursor.pin(undefined);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  #save(kind: "png" | "svg"): void {
    const plot = this.node.querySelector<HTMLElement>(".nnsight-heads-and-one");
    if (plot) void savePicture(plot, this.payload.name ?? "attention", kind);
  }
}
