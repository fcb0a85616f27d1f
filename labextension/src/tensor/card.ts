/** A tensor under a cell: header, statistics, legend, figure, foot, and the panels that open under it. */
import "../../style/figure.css";
import type { TensorPayload } from "nnsight-ts/display";
import { offer } from "../compared.ts";
import { choice, toggle, action as wordAction } from "../controls.ts";
import type { Cursor } from "../cursor.ts";
import { html } from "../dom.ts";
import { copyAction, type Foot, foot } from "../foot.ts";
import { formatScalar } from "../format.ts";
import { header } from "../header.ts";
import type { Live } from "../live/live.ts";
import type { Action, Figure } from "../renderer.ts";
import { type RangeMode, settings } from "../settings.ts";
import { withAxis } from "./choices.ts";
import { axisPicker, type Controls, isCrowded, poolNote, sliceControls } from "./controls.ts";
import { drawCells, drawFigure } from "./figure.ts";
import { histogram, type Panel } from "./histogram.ts";
import { WIDTH } from "./layout.ts";
import { isSameLegend, legend } from "./legend.ts";
import { Look } from "./look.ts";
import { Montage } from "./montage.ts";
import { numbers, numbersKind } from "./numbers.ts";
import { followPointer, resetZoom } from "./pointer.ts";
import { fillReadout } from "./readout.ts";
import { saveNumbers, savePicture } from "./save.ts";
import { isSameFrame, type Scene } from "./scene.ts";
import { statistics } from "./statistics.ts";
import { viewOf } from "./view.ts";

const RANGES: Readonly<Record<RangeMode, string>> = {
  robust: "usual range",
  full: "full range",
  view: "range in view",
};

export function tensorViewer(payload: TensorPayload, live: Live): Figure {
  return payload.preview && payload.shape.length > 0 ? new Card(payload, live) : new PlainCard(payload);
}

/** A scalar's value, or that there is none. */
class PlainCard implements Figure {
  readonly node = html("div", "nnsight-card nnsight-tensor");

  constructor(private readonly payload: TensorPayload) {}

  draw(): void {
    const { payload } = this;
    const actions = copyExpression(payload);
    this.node.replaceChildren(header(payload), plainValue(payload), foot(actions, payload.where).node);
  }
}

function plainValue({ preview, dtype, shape, axes }: TensorPayload): HTMLElement {
  if (preview) {
    const text = formatScalar(viewOf(preview, 1, 1).values[0]!, dtype);
    return html("div", "nnsight-row nnsight-scalar", html("b", "", text));
  }
  const empty = shape.indexOf(0);
  const name = axes[empty] ?? `dimension ${empty}`;
  return html("div", "nnsight-row nnsight-dim", `no values: ${name} has size 0`);
}

class Card implements Figure {
  readonly node = html("div", "nnsight-card");
  readonly actions: readonly Action[];
  readonly cursor: Cursor;
  readonly #look: Look;
  readonly #open = new Set<"numbers" | "histogram">(firstPanels());
  #width = 0;
  #panelsOpen: readonly Panel[] = [];
  /** While slices stand side by side. */
  #montage: Montage | undefined;
  /** Of the last drawing; each brings its part up to date. */
  #refresh: () => void = () => {};
  /** As `refresh`, when only the cursor has moved. */
  #point: () => void = () => {};

  constructor(payload: TensorPayload, live: Live) {
    this.#look = new Look(payload, live);
    this.cursor = this.#look.cursor;
    this.#look.onChange(() => this.#refresh());
    this.#look.cursor.onChange(() => this.#point());
    const look = this.#look;
    this.actions = [
      { id: "numbers", label: "numbers", act: () => this.#toggle("numbers") },
      { id: "histogram", label: "histogram", act: () => this.#toggle("histogram") },
      { id: "png", label: "png", act: () => void savePicture(this.node, this.#look, "png") },
      { id: "svg", label: "svg", act: () => void savePicture(this.node, this.#look, "svg") },
      { id: "npy", label: "npy", act: () => void saveNumbers(this.#look, this.#montage) },
      { id: "whole", label: "whole slice", act: () => resetZoom(look) },
      ...(payload.id === undefined
        ? []
        : [{ id: "compare" as const, label: "compare", act: () => this.#compare() }]),
      ...(expressionOf(payload) === undefined
        ? []
        : [
            {
              id: "copy-expression" as const,
              label: "copy expression",
              act: () => void navigator.clipboard.writeText(expressionOf(payload)!),
            },
          ]),
    ];
  }

  draw(width: number): void {
    const look = this.#look;
    this.#width = Math.min(WIDTH, width);
    look.resize(this.#width);
    const isBeside = width >= WIDTH;
    const readout = html("span", "nnsight-readout");
    readout.setAttribute("aria-live", "polite");
    const [held, pooled] = [sliceControls(look), poolNote(look)];
    const key = html("div", "nnsight-key");
    const plot = html("div", "nnsight-plot-area");
    const panels = html("div", "nnsight-panels");
    const last = this.#foot();
    const crowded = isCrowded(look, this.#width);
    const row = html("div", "nnsight-row", held.node, pooled.node, ...(crowded ? [] : [readout]));
    const lines = [statistics(look.payload), row, ...(crowded ? [html("div", "nnsight-row", readout)] : [])];
    const meta = html(
      "div",
      isBeside ? "nnsight-meta" : "",
      html("div", "nnsight-lines", ...lines),
      ...(isBeside ? [key] : []),
    );
    this.node.className = `nnsight-card nnsight-tensor${isBeside ? "" : " nnsight-narrow"}`;
    this.node.replaceChildren(
      header(look.payload),
      meta,
      plot,
      ...(isBeside ? [] : [key]),
      last.node,
      panels,
    );
    this.dispose();
    this.#refresh = this.#refreshing({ readout, key, plot, panels, parts: [held, pooled], last });
    this.#refresh();
  }

  /** What a change brings up to date, of the parts of one drawing. */
  #refreshing(drawn: Drawn): () => void {
    const look = this.#look;
    const heat = html("div", "nnsight-figure");
    heat.tabIndex = 0;
    heat.setAttribute("role", "img");
    followPointer(heat, look);
    const pickers = [
      axisPicker(look, "rowAxis", (axis) => look.change({ axes: withAxis(look.choices, "rowAxis", axis) })),
      axisPicker(look, "colAxis", (axis) => look.change({ axes: withAxis(look.choices, "colAxis", axis) })),
    ] as const;
    const montage = new Montage(look, (text) => drawn.readout.replaceChildren(text));
    let select = () => {};
    let last: Scene | undefined;
    let panels: { readonly kind: string; readonly all: readonly Panel[] } = { kind: "", all: [] };
    const refresh = () => {
      const { scene } = look;
      for (const part of [...drawn.parts, ...pickers]) part.update();
      const isMontage = look.choices.facets.length > 0 && look.live.canAsk;
      this.#montage = isMontage ? montage : undefined;
      const before = last;
      if (!last || !isSameLegend(last, scene)) drawn.key.replaceChildren(legend(scene));
      last = isMontage ? undefined : scene;
      if (isMontage) {
        montage.draw(this.#width);
        if (!drawn.plot.contains(montage.node))
          drawn.readout.replaceChildren(html("span", "nnsight-words", "click one to open it"));
        show(drawn.plot, montage.node);
      } else {
        if (!before || !isSameFrame(before, scene)) select = drawFigure(heat, scene, look.cursor);
        else if (before.view !== scene.view) drawCells(heat, scene);
        heat.ariaBusy = String(!scene.isCurrent);
        heat.classList.toggle("nnsight-late", !scene.isCurrent && look.live.state === "waiting");
        const { layout } = scene;
        pickers[1].node.style.top = `${layout.top + layout.plotHeight + 3}px`;
        show(drawn.plot, pickers[0].node, heat, pickers[1].node);
        fillReadout(drawn.readout, scene, look.cursor);
      }
      drawn.last.tell(look.live.state, isPartial(look.payload));
      const kind = [...this.#open, numbersKind(look)].join(" ");
      if (kind !== panels.kind) {
        for (const panel of panels.all) panel.dispose?.();
        panels = { kind, all: this.#panels() };
        this.#panelsOpen = panels.all;
      }
      show(drawn.panels, ...panels.all.map(({ node }) => node));
      for (const panel of panels.all) panel.update();
    };
    this.#point = () => {
      if (!heat.isConnected) return;
      select();
      fillReadout(drawn.readout, look.scene, look.cursor);
      if (look.cursor.pinned) for (const panel of panels.all) panel.update();
    };
    return refresh;
  }

  dispose(): void {
    for (const panel of this.#panelsOpen) panel.dispose?.();
    this.#panelsOpen = [];
  }

  #panels(): Panel[] {
    const make = {
      histogram: () => histogram(this.#look, this.#width),
      numbers: () => numbers(this.#look, this.#width),
    };
    return [...this.#open].map((name) => make[name]());
  }

  #foot(): Foot {
    const look = this.#look;
    const { payload } = look;
    const panel = (name: "numbers" | "histogram") => {
      const button = toggle(name, this.#open.has(name), () => this.#toggle(name));
      button.dataset.panel = name;
      return button;
    };
    const range = choice("What the colours reach to", RANGES, look.choices.range, (mode) =>
      look.change({ range: mode }),
    );
    return foot(
      [
        panel("numbers"),
        panel("histogram"),
        ...(payload.dtype === "bool" ? [] : [range]),
        ...copyExpression(payload),
        ...(payload.id === undefined ? [] : [wordAction("compare", () => this.#compare())]),
        wordAction("png", () => void savePicture(this.node, this.#look, "png")),
        wordAction("svg", () => void savePicture(this.node, this.#look, "svg")),
        wordAction("npy", () => void saveNumbers(this.#look, this.#montage)),
      ],
      payload.where,
    );
  }

  #compare(): void {
    const { id, name = "this tensor" } = this.#look.payload;
    if (id !== undefined) offer({ id, name });
  }

  #toggle(name: "numbers" | "histogram"): void {
    if (!this.#open.delete(name)) this.#open.add(name);
    const button = this.node.querySelector<HTMLElement>(`[data-panel=${name}]`);
    if (button) button.ariaExpanded = String(this.#open.has(name));
    this.#refresh();
  }
}

/** The TypeScript that reaches the tensor; its name, in notebooks from before that was told. */
const expressionOf = ({ expression, name }: TensorPayload): string | undefined => expression ?? name;

const copyExpression = (payload: TensorPayload): HTMLElement[] => {
  const expression = expressionOf(payload);
  return expression === undefined ? [] : [copyAction("copy expression", () => expression)];
};

function firstPanels(): ("numbers" | "histogram")[] {
  const { panels } = settings();
  return panels === "none" ? [] : [panels];
}

interface Drawn {
  readonly readout: HTMLElement;
  readonly key: HTMLElement;
  readonly plot: HTMLElement;
  readonly panels: HTMLElement;
  readonly parts: readonly Controls[];
  readonly last: Foot;
}

/** Puts nodes in place without taking the focus from those that stay. */
function show(parent: HTMLElement, ...nodes: HTMLElement[]): void {
  const isThere =
    nodes.length === parent.children.length && nodes.every((node, i) => parent.children[i] === node);
  if (!isThere) parent.replaceChildren(...nodes);
}

/** Whether the notebook keeps less than the whole tensor. */
const isPartial = ({ preview, shape, id }: TensorPayload): boolean =>
  id !== undefined &&
  (preview!.pool.some((n) => n > 1) || preview!.fixed.some((_, axis) => shape[axis]! > 1));
