/** A figure under a cell: the picture in the colours of the page, a readout of what the pointer is on, and a foot. */
import type { FigurePayload } from "nnsight-ts/display";
import { action } from "../controls.ts";
import { html, svg } from "../dom.ts";
import { download, placed, pngBlob, sheet, svgBlob } from "../download.ts";
import { foot } from "../foot.ts";
import { formatInteger, formatNumber } from "../format.ts";
import type { Live } from "../live/live.ts";
import { colourAt, paletteOf } from "../palette.ts";
import { readPicture } from "../picture.ts";
import type { Action, Figure, Viewer } from "../renderer.ts";
import { settings } from "../settings.ts";
import { currentTheme } from "../theme.ts";
import { matrixOf } from "./columns.ts";
import { type Found, find, pointsOf } from "./find.ts";

export const chartViewer: Viewer<FigurePayload & { readonly id?: string }> = (payload, _: Live, bundle) =>
  new Chart(payload, String(bundle["image/svg+xml"] ?? ""), String(bundle["text/plain"] ?? "Figure"));

const DOWN = { ArrowRight: 1, ArrowLeft: -1 } as const;

class Chart implements Figure {
  readonly node = html("div", "nnsight-card nnsight-chart");
  readonly actions: readonly Action[] = [
    { id: "png", label: "png", act: () => void this.#save("png") },
    { id: "svg", label: "svg", act: () => void this.#save("svg") },
  ];
  readonly #picture: SVGSVGElement;
  readonly #readout = html("span", "nnsight-readout");
  readonly #mark = svg("g");
  #place = -1;

  constructor(
    private readonly payload: FigurePayload,
    text: string,
    sentence: string,
  ) {
    this.#picture = readPicture(text);
    this.#picture.append(this.#mark);
    const plot = html("div", "nnsight-plot", this.#picture);
    plot.tabIndex = 0;
    plot.setAttribute("role", "img");
    plot.ariaLabel = sentence;
    plot.addEventListener("pointermove", (event) => this.#look(this.#under(event)));
    plot.addEventListener("pointerleave", () => this.#look(undefined));
    plot.addEventListener("keydown", (event) => this.#key(event));
    this.#readout.setAttribute("aria-live", "polite");
    const said = payload.sampled && sampledText(payload.sampled);
    const last = foot(
      this.actions.map(({ label, act }) => action(label, act)),
      undefined,
    );
    if (said) last.node.append(html("span", "nnsight-where nnsight-words", said));
    this.node.replaceChildren(plot, html("div", "nnsight-row", this.#readout), last.node);
  }

  draw(): void {
    const { heat } = this.payload.plot;
    if (!heat) return;
    const palette = paletteOf(heat.palette, currentTheme(), settings().palette);
    const [cells, key] = this.#picture.querySelectorAll("image");
    const trace = this.payload.data.map(matrixOf).find((matrix) => matrix !== undefined);
    if (!trace || !cells || !key) return;
    const { values, cols } = trace;
    const rows = values.length / cols;
    const isUp = this.payload.plot.y.to > this.payload.plot.y.from;
    const colour = (value: number) => colourAt(palette, value, heat.lo, heat.hi);
    cells.setAttribute(
      "href",
      painted(cols, rows, (col, line) => {
        const value = values[(isUp ? rows - 1 - line : line) * cols + col]!;
        return Number.isNaN(value) ? undefined : colour(value);
      }),
    );
    key.setAttribute(
      "href",
      painted(128, 1, (col) => colour(heat.lo + (col / 127) * (heat.hi - heat.lo))),
    );
  }

  #under(event: PointerEvent): Found | undefined {
    const box = this.#picture.getBoundingClientRect();
    const scale = this.#picture.viewBox.baseVal.width / box.width;
    return find(this.payload, [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]);
  }

  /** From point to point of the first trace. */
  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.#place = -1;
      this.#look(undefined);
      return;
    }
    const step = DOWN[event.key as keyof typeof DOWN];
    const [trace] = this.payload.data;
    if (!step || !trace || this.payload.plot.heat) return;
    event.preventDefault();
    const points = [...pointsOf({ ...trace, ...this.payload.plot.bins?.[0] }, this.payload.plot)];
    this.#place = Math.min(points.length - 1, Math.max(0, this.#place + step * (event.shiftKey ? 10 : 1)));
    const point = points[this.#place];
    if (point) this.#look(find(this.payload, point[2]));
  }

  #look(found: Found | undefined): void {
    this.#mark.replaceChildren(...(found ? [markOf(found)] : []));
    this.#readout.replaceChildren(...(found ? readoutOf(found, this.payload.data.length > 1) : []));
  }

  async #save(kind: "png" | "svg"): Promise<void> {
    const { width, height } = this.#picture.viewBox.baseVal;
    const background = getComputedStyle(this.node).getPropertyValue("--v-bg");
    const drawing = sheet({ width, height }, background, [placed(this.#picture, 0, 0)]);
    const { title } = this.payload.layout;
    const name = (typeof title === "string" ? title : title?.text) || "figure";
    download(`${name}.${kind}`, kind === "png" ? await pngBlob(drawing) : svgBlob(drawing));
  }
}

const sampledText = ({ shown, of }: { readonly shown: number; readonly of: number }): string =>
  `${formatInteger(shown)} of ${formatInteger(of)} values, peaks kept`;

function markOf({ at: [x, y], size }: Found): SVGElement {
  if (size) {
    const [width, height] = size;
    return svg("rect", {
      class: "nnsight-hovered",
      x: x - 0.5,
      y: y - 0.5,
      width: width + 1,
      height: height + 1,
    });
  }
  return svg("circle", { class: "nnsight-hovered", cx: x, cy: y, r: 4.5 });
}

function readoutOf({ name, trace, x, y, z }: Found, isNamed: boolean): HTMLElement[] {
  const said = (value: number | string) => (typeof value === "number" ? formatNumber(value) : value);
  const swatch = html("span", "nnsight-swatch");
  swatch.classList.add(`nnsight-series-${trace % 6}`);
  return [
    ...(z === undefined ? [swatch] : []),
    ...(isNamed ? [html("span", "", name)] : []),
    html("span", "nnsight-dim", z === undefined ? said(x) : `${said(x)}, ${said(y)}`),
    html("b", "", said(z ?? y)),
  ];
}

/** One pixel a cell. */
function painted(
  width: number,
  height: number,
  colour: (col: number, row: number) => readonly [number, number, number] | undefined,
): string {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const found = colour(i % width, Math.floor(i / width));
    if (found) image.data.set([...found, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
