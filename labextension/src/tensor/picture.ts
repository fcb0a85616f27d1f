/** What is on screen as one drawing: title, legend and figure, in the colours of the page. */
import { svg } from "../dom.ts";
import { placed, sheet } from "../download.ts";
import { axisName } from "./axes.ts";
import type { Scene } from "./scene.ts";

const LEGEND_TOP = 20;
const FIGURE_TOP = LEGEND_TOP + 62;

export function drawingOf(scene: Scene, figure: HTMLElement, legend: SVGSVGElement): SVGSVGElement {
  const { payload, axes, layout } = scene;
  const drawing = figure.querySelector("svg")!;
  const [width, height] = [drawing.clientWidth, FIGURE_TOP + drawing.clientHeight];
  const page = getComputedStyle(figure);
  const ink = page.getPropertyValue("--v-ink2");
  const word = (text: string, y: number) =>
    svg(
      "text",
      { x: 0, y, fill: ink, "font-family": page.getPropertyValue("--v-sans"), "font-size": 10 },
      text,
    );
  const title = {
    x: 0,
    y: 14,
    fill: page.color,
    "font-family": page.getPropertyValue("--v-mono"),
    "font-size": 13,
  };
  const index = axes.fixed.map((at, axis) => (axis === axes.rowAxis || axis === axes.colAxis ? ":" : at));
  return sheet({ width, height }, page.getPropertyValue("--v-bg"), [
    svg("text", title, titleOf(scene)),
    word(`[${index.join(", ")}]`, 32),
    placed(legend, width - legend.clientWidth, LEGEND_TOP),
    ...[...figure.querySelectorAll("canvas")].map((canvas) =>
      svg("image", {
        href: canvas.toDataURL(),
        x: canvas.offsetLeft,
        y: FIGURE_TOP + canvas.offsetTop,
        width: canvas.clientWidth,
        height: canvas.clientHeight,
        preserveAspectRatio: "none",
        style: "image-rendering: pixelated",
      }),
    ),
    placed(drawing, 0, FIGURE_TOP),
    ...(axes.rowAxis === null ? [] : [word(axisName(payload, axes.rowAxis), FIGURE_TOP + 12)]),
    ...(axes.colAxis === null
      ? []
      : [word(axisName(payload, axes.colAxis), FIGURE_TOP + layout.top + layout.plotHeight + 14)]),
  ]);
}

export const titleOf = ({ payload }: Scene): string =>
  `${payload.name ?? "tensor"}\u2002${payload.dtype}\u2002[${payload.shape.join(", ")}]`;

export const pictureName = ({ payload }: Scene, ending: string): string =>
  `${payload.name ?? "tensor"}.${ending}`;
