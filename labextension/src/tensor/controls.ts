/** Over the figure: which slice is drawn, as sliders, and what a cell stands for. */
import type { Reduction } from "nnsight-ts/display";
import { choice, type Slider, slider, toggle } from "../controls.ts";
import { html } from "../dom.ts";
import { settings } from "../settings.ts";
import { axisName, counted, sidesOf } from "./axes.ts";
import { mainWidth } from "./layout.ts";
import type { Look } from "./look.ts";
import type { Scene } from "./scene.ts";

const REDUCTIONS: Readonly<Record<Reduction, string>> = {
  absmax: "largest |x|",
  mean: "mean",
  min: "smallest",
  max: "largest",
};
/** Pictures side by side: fewer than two are no montage, more are too small. */
const FACETS = { least: 2, most: 64, all: 256 };

export interface Controls {
  readonly node: HTMLElement;
  update(): void;
}

/** The sliders of the dimensions that are not drawn, each with a switch that shows all of its places side by side. */
export function sliceControls(look: Look): Controls {
  const node = html("span", "nnsight-slices");
  const sliders = new Map<number, Slider>();
  let drawn = "";
  const rebuild = () => {
    const { axes, facets } = look.choices;
    sliders.clear();
    const parts = heldAxes(look).map((axis) => {
      const name = axisName(look.payload, axis);
      const size = look.payload.shape[axis]!;
      if (facets.includes(axis))
        return html("span", "nnsight-slice", name, html("b", "", `all ${size}`), oneOf(look, axis));
      const one = slider(name, size, (index, isMoving) => {
        const fixed = look.choices.axes.fixed.with(axis, index);
        look.change({ axes: { ...look.choices.axes, fixed } }, isMoving);
      });
      sliders.set(axis, one);
      if (canFacet(look, axis)) one.node.append(allOf(look, axis));
      return one.node;
    });
    node.replaceChildren(...parts);
    drawn = `${axes.rowAxis} ${axes.colAxis} ${facets} ${look.live.canAsk}`;
  };
  return {
    node,
    update() {
      const { axes, facets } = look.choices;
      if (drawn !== `${axes.rowAxis} ${axes.colAxis} ${facets} ${look.live.canAsk}`) rebuild();
      for (const [axis, { set }] of sliders) set(axes.fixed[axis]!, look.live.canAsk);
    },
  };
}

const heldAxes = ({ choices, payload }: Look): number[] =>
  payload.shape
    .map((_, axis) => axis)
    .filter((axis) => axis !== choices.axes.rowAxis && axis !== choices.axes.colAxis);

/** Whether sliders and the note of what is pooled take the line for themselves, on a card of that width. */
export function isCrowded(look: Look, width: number): boolean {
  const held = heldAxes(look).length;
  const isPooled = look.sides.cols > mainWidth(width) || look.sides.rows > settings().height;
  return held > 1 || (held === 1 && isPooled);
}

function canFacet({ payload, choices, live }: Look, axis: number): boolean {
  const size = payload.shape[axis]!;
  const others = choices.facets.reduce((product, other) => product * payload.shape[other]!, 1);
  return (
    live.canAsk &&
    size >= FACETS.least &&
    size <= FACETS.most &&
    others * size <= FACETS.all &&
    choices.facets.length < 2
  );
}

function allOf(look: Look, axis: number): HTMLElement {
  const button = toggle("all", false, () =>
    look.change({ facets: [...look.choices.facets, axis].sort((a, b) => a - b) }),
  );
  button.title = `Every ${axisName(look.payload, axis)} side by side`;
  return button;
}

const oneOf = (look: Look, axis: number): HTMLElement =>
  toggle("one", false, () => look.change({ facets: look.choices.facets.filter((other) => other !== axis) }));

/** `2 features per px, largest |x|`, where a cell stands for more than one value. */
export function poolNote(look: Look): Controls {
  const node = html("span", "nnsight-pool");
  const text = html("span", "nnsight-dim");
  const kept = choice("What a cell shows of the values under it", REDUCTIONS, look.choices.reduce, (reduce) =>
    look.change({ reduce }),
  );
  node.append(text, kept);
  return {
    node,
    update() {
      const { scene } = look;
      const note = poolText(scene);
      node.hidden = note === "";
      text.textContent = note;
      kept.disabled = !look.live.canAsk;
      kept.value = look.live.canAsk ? look.choices.reduce : scene.reduce;
    },
  };
}

function poolText({ payload, axes, view, layout }: Scene): string {
  const [down, across] = view.pool;
  const sides = sidesOf(payload, axes);
  const parts = [
    ...(down > 1 ? [counted(down, sides.down)] : []),
    ...(across > 1 ? [counted(across, sides.across)] : []),
  ];
  if (parts.length === 0) return "";
  const isPixel = layout.cellWidth <= 1 && (down === 1 || layout.cellHeight <= 1);
  return `${parts.join(" × ")} per ${isPixel ? "px" : "cell"}`;
}

/** The name of what runs down or across; where there is a choice, another dimension can take its place. */
export function axisPicker(
  look: Look,
  side: "rowAxis" | "colAxis",
  choose: (axis: number) => void,
): Controls {
  const { payload } = look;
  const names = Object.fromEntries(
    payload.shape.flatMap((size, axis) =>
      size > 1 || axis === look.choices.axes[side] ? [[String(axis), axisName(payload, axis)]] : [],
    ),
  );
  const picker = choice<string>(
    side === "rowAxis" ? "Dimension that runs down" : "Dimension that runs across",
    names,
    "",
    (axis) => choose(Number(axis)),
  );
  picker.classList.add("nnsight-axis");
  return {
    node: picker,
    update() {
      const axis = look.scene.axes[side];
      picker.hidden = axis === null;
      picker.disabled =
        !look.live.canAsk || Object.keys(names).length < 2 || look.choices.axes.rowAxis === null;
      picker.value = String(axis);
    },
  };
}
