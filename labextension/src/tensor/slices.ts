/** At which index the dimensions that are not drawn are held, and how much lies under a cell. */
import type { Preview, TensorPayload } from "nnsight-ts/display";
import { html } from "../dom.ts";
import { axisName, counted, sidesOf } from "./axes.ts";
import type { Layout } from "./layout.ts";
import type { View } from "./view.ts";

export function slices(payload: TensorPayload, { fixed }: Preview): HTMLElement[] {
  return fixed.map((index, axis) => {
    const size = payload.shape[axis]!;
    const name = axisName(payload, axis);
    const slice = html("span", "nnsight-slice", name, html("b", "", String(index)), `of ${size}`);
    if (size === 1) slice.firstChild!.after(hollowSlider(name));
    else slice.title = "The notebook keeps this slice only.";
    return slice;
  });
}

/** A dimension of one has nowhere to slide to. */
function hollowSlider(name: string): HTMLInputElement {
  const slider = html("input");
  Object.assign(slider, {
    type: "range",
    min: "0",
    max: "1",
    value: "0",
    disabled: true,
    ariaLabel: `${name} index`,
  });
  return slider;
}

/** `2 features per px`, where a cell stands for more than one value. */
export function poolNote(
  payload: TensorPayload,
  { pool: [down, across] }: View,
  layout: Layout,
): HTMLElement[] {
  const sides = sidesOf(payload);
  const parts = [
    ...(down > 1 ? [counted(down, sides.down)] : []),
    ...(across > 1 ? [counted(across, sides.across)] : []),
  ];
  if (parts.length === 0) return [];
  const unit = down === 1 && layout.cellWidth === 1 ? "px" : "cell";
  const note = html("span", "nnsight-dim", `${parts.join(" × ")} per ${unit}`);
  note.title = "A cell shows the value of largest |x| under it.";
  return [note];
}
