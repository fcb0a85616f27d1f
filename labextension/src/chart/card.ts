/** A figure under a cell: plotly.js in the looks of the page, a readout of what the pointer is on, and a foot. */
import "../../style/chart.css";
import type { FigurePayload } from "nnsight-ts/display";
import { action } from "../controls.ts";
import { html } from "../dom.ts";
import { download } from "../download.ts";
import { foot } from "../foot.ts";
import { formatInteger, formatNumber } from "../format.ts";
import type { Live } from "../live/live.ts";
import { asWords, CONFIG, inksOf, loadPlotly, type Plotted, type Point, SERIES } from "../plotly.ts";
import type { Action, Figure, Viewer } from "../renderer.ts";
import { currentTheme } from "../theme.ts";
import { dressed, shape } from "./looks.ts";

export const chartViewer: Viewer<FigurePayload & { readonly id?: string }> = (payload, _: Live, bundle) =>
  new Chart(payload, String(bundle["text/plain"] ?? "Figure"));

const WIDTH = 820;

class Chart implements Figure {
  readonly node = html("div", "nnsight-card nnsight-chart");
  readonly actions: readonly Action[] = [
    { id: "png", label: "png", act: () => void this.#save("png") },
    { id: "svg", label: "svg", act: () => void this.#save("svg") },
  ];
  readonly #plot = html("div", "nnsight-plotly");
  readonly #readout = html("span", "nnsight-readout");
  #drawn: Plotted | undefined;
  #at = -1;

  constructor(
    private readonly payload: FigurePayload,
    sentence: string,
  ) {
    const plot = this.#plot;
    plot.tabIndex = 0;
    plot.setAttribute("role", "img");
    plot.ariaLabel = sentence;
    plot.style.height = `${shape(payload).height}px`;
    plot.addEventListener("keydown", (event) => void this.#key(event));
    this.#readout.setAttribute("aria-live", "polite");
    const { sampled } = payload;
    const last = foot(
      this.actions.map(({ label, act }) => action(label, act)),
      undefined,
    );
    if (sampled) {
      const said = `${formatInteger(sampled.shown)} of ${formatInteger(sampled.of)} values, peaks kept`;
      last.node.append(html("span", "nnsight-where nnsight-words", said));
    }
    this.node.replaceChildren(plot, html("div", "nnsight-row", this.#readout), last.node);
  }

  draw(width: number): void {
    void this.#draw(Math.min(WIDTH, width));
  }

  async #draw(width: number): Promise<void> {
    const plotly = await loadPlotly();
    if (!this.node.isConnected) return;
    const inks = inksOf(this.node);
    const { data, layout } = dressed(asWords(this.payload), inks, currentTheme());
    const isFirst = this.#drawn === undefined;
    this.#drawn = await plotly.react(this.#plot, data, { ...layout, width }, CONFIG);
    if (isFirst) {
      this.#drawn.on("plotly_hover", ({ points }) => points[0] && this.#say(points[0]));
      this.#drawn.on("plotly_unhover", () => this.#readout.replaceChildren());
    }
    this.node.dataset.drawn = currentTheme();
  }

  dispose(): void {
    if (this.#drawn) void loadPlotly().then((plotly) => plotly.purge(this.#plot));
  }

  #say({ curveNumber, x, y, z }: Omit<Point, "pointNumber">): void {
    const said = (value: unknown) => (typeof value === "number" ? formatNumber(value) : String(value));
    const swatch = html("span", "nnsight-swatch");
    const series = SERIES[currentTheme()];
    swatch.style.background = series[curveNumber % series.length]!;
    const isNamed = this.payload.data.length > 1;
    const name = this.payload.data[curveNumber]?.name;
    this.#readout.replaceChildren(
      ...(z === undefined ? [swatch] : []),
      ...(isNamed && name !== undefined ? [html("span", "", String(name))] : []),
      html("span", "nnsight-dim", z === undefined ? said(x) : `${said(x)}, ${said(y)}`),
      html("b", "", said(z ?? y)),
    );
  }

  /** From point to point of the first trace. */
  async #key(event: KeyboardEvent): Promise<void> {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key !== "Escape" && !step) return;
    event.preventDefault();
    const plotly = await loadPlotly();
    if (!step) {
      plotly.Fx.unhover(this.#plot);
      this.#at = -1;
      this.#readout.replaceChildren();
      return;
    }
    const { x, y } = this.#drawn?._fullData[0] ?? {};
    if (!y) return;
    this.#at = Math.min(y.length - 1, Math.max(0, this.#at + step * (event.shiftKey ? 10 : 1)));
    plotly.Fx.hover(this.#plot, [{ curveNumber: 0, pointNumber: this.#at }]);
    this.#say({ curveNumber: 0, x: x?.[this.#at] ?? this.#at, y: y[this.#at] });
  }

  async #save(format: "png" | "svg"): Promise<void> {
    const plotly = await loadPlotly();
    const { width, height } = this.#plot.getBoundingClientRect();
    const address = await plotly.toImage(this.#plot, {
      format,
      width,
      height,
      scale: format === "png" ? 2 : 1,
    });
    const { title } = this.payload.layout;
    const name = (typeof title === "string" ? title : title?.text) || "figure";
    download(`${name}.${format}`, await (await fetch(address)).blob());
  }
}
