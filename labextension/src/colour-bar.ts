/** The bar of colours in a legend, and how the values are spread over it. */
import { svg } from "./dom.ts";
import { type Colour, cssColour } from "./palette.ts";

export const BAR = { y: 20, height: 6 };
const SIDE = 148;
const TALLEST = 17;
let gradients = 0;

export interface ColourBar {
  readonly palette: readonly Colour[];
  /** Values along the bar as they are printed, from the low end to the high one, evenly apart. */
  readonly ticks: readonly string[];
  /** Counts over equal stretches; or a title instead. */
  readonly above: readonly number[] | string;
  readonly label: string;
}

/** A legend without clipped ends. */
export function colourBar({ palette, ticks, above, label }: ColourBar): SVGSVGElement {
  const bottom = BAR.y + BAR.height;
  const marks = ticks.flatMap((text, i) => {
    const x = (i / (ticks.length - 1)) * SIDE;
    const anchor = i === 0 ? "" : i === ticks.length - 1 ? "nnsight-end" : "nnsight-middle";
    return [
      svg("path", { class: "nnsight-tick", d: `M${Math.min(SIDE - 0.5, Math.round(x) + 0.5)} ${bottom}v3` }),
      svg("text", { class: anchor, x, y: 37 }, text),
    ];
  });
  return svg(
    "svg",
    { class: "nnsight-legend", width: SIDE, height: 40, role: "img", "aria-label": label },
    ...(typeof above === "string" ? [svg("text", { x: 0, y: BAR.y - 7 }, above)] : bars(above, 0, SIDE)),
    ...gradientBar(palette, 0, SIDE),
    ...marks,
  );
}

/** Heights grow with the logarithm of the count, so that a single value can be seen. */
export function bars(histogram: readonly number[], left: number, width: number): SVGElement[] {
  const scale = TALLEST / Math.log1p(Math.max(...histogram, 1));
  const step = width / histogram.length;
  return histogram.flatMap((count, i) => {
    if (count === 0) return [];
    const height = Math.max(1, Math.log1p(count) * scale);
    return [
      svg("rect", {
        class: "nnsight-bar",
        x: left + i * step,
        y: BAR.y - 2 - height,
        width: step - 0.5,
        height,
      }),
    ];
  });
}

export function gradientBar(palette: readonly Colour[], x: number, width: number): SVGElement[] {
  const id = `nnsight-gradient-${gradients++}`;
  const stops = Array.from({ length: 33 }, (_, i) =>
    svg("stop", { offset: i / 32, "stop-color": cssColour(palette[Math.round((i / 32) * 255)]!) }),
  );
  return [
    svg("defs", {}, svg("linearGradient", { id }, ...stops)),
    svg("rect", { x, ...BAR, width, fill: `url(#${id})` }),
  ];
}
