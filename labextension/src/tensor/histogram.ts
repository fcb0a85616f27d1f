/** How the values of a slice are spread, from the smallest to the largest. */
import "../../style/chart.css";
import { choice } from "../controls.ts";
import { html } from "../dom.ts";
import { formatInteger, formatNumber, formatValue } from "../format.ts";
import { axisOf, CONFIG, inksOf, loadPlotly, type Plotted } from "../plotly.ts";
import { settings } from "../settings.ts";
import type { Look } from "./look.ts";

const HEIGHT = 168;
const WIDTH = 648;

interface Spread {
  readonly bins: readonly number[];
  readonly lo: number;
  readonly hi: number;
  readonly of: string;
}

export interface Panel {
  readonly node: HTMLElement;
  update(): void;
  dispose?(): void;
}

export function histogram(look: Look, width: number): Panel {
  let scale: "log" | "linear" = settings().logarithmic ? "log" : "linear";
  let drawn: Plotted | undefined;
  const plot = html("div", "nnsight-plotly");
  plot.style.height = `${HEIGHT}px`;
  plot.setAttribute("role", "img");
  const caption = html("span", "nnsight-dim");
  const readout = html("span", "nnsight-code nnsight-small-code");
  const scales = choice(
    "Scale of the counts",
    { log: "log counts", linear: "linear counts" },
    scale,
    (chosen) => {
      scale = chosen;
      update();
    },
  );
  const node = html("div", "nnsight-histogram", html("div", "nnsight-row", caption, scales, readout), plot);
  const draw = async (spread: Spread) => {
    const plotly = await loadPlotly();
    if (!node.isConnected) return;
    const { data, layout } = bars(spread, scale, node);
    const isFirst = drawn === undefined;
    drawn = await plotly.react(plot, data, { ...layout, width: Math.min(WIDTH, width) }, CONFIG);
    if (!isFirst) return;
    drawn.on("plotly_hover", ({ points }) => {
      const { bins, lo, hi } = spreadOf(look);
      const bin = Number(points[0]?.pointNumber ?? 0);
      const edge = (i: number) => formatNumber(lo + (i / bins.length) * (hi - lo));
      readout.textContent = `${edge(bin)} to ${edge(bin + 1)}\u2002${formatInteger(bins[bin] ?? 0)}`;
    });
    drawn.on("plotly_unhover", () => (readout.textContent = ""));
  };
  const update = () => {
    void look.askSlice();
    const spread = spreadOf(look);
    const { dtype } = look.payload;
    caption.textContent = spread.of;
    plot.ariaLabel = `Histogram from ${formatValue(spread.lo, dtype)} to ${formatValue(spread.hi, dtype)}, largest count ${Math.max(...spread.bins, 1)}.`;
    void draw(spread);
  };
  const dispose = () => void (drawn && loadPlotly().then((plotly) => plotly.purge(plot)));
  return { node, update, dispose };
}

/** Of the slice, once the kernel has told; else what the notebook keeps of the whole tensor. */
function spreadOf({ slice, payload }: Look): Spread {
  if (slice) {
    const { min, max, count } = slice.statistics;
    const [lo, hi] = [min ?? 0, max ?? 1];
    const part = count < slice.size ? `${formatInteger(count)} of ` : "";
    const of = `${part}${formatInteger(slice.size)} values of this slice`;
    return { bins: slice.bins, lo, hi: hi > lo ? hi : lo + 1, of };
  }
  const { histogram: bins, range, statistics } = payload;
  return { bins, ...range, of: `${formatInteger(statistics.count)} values of the tensor` };
}

/** One bar a bin; on a logarithmic axis empty bins have none. */
function bars({ bins, lo, hi }: Spread, scale: "log" | "linear", node: HTMLElement) {
  const inks = inksOf(node);
  const step = (hi - lo) / bins.length;
  const trace = {
    type: "bar",
    x: bins.map((_, i) => lo + (i + 0.5) * step),
    y: bins.map((count) => (count > 0 ? count : null)),
    width: step,
    marker: { color: inks.soft, line: { width: 0 } },
    hoverinfo: "none",
  };
  const layout = {
    ...{ paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest", bargap: 0 },
    height: HEIGHT,
    margin: { l: 72, r: 0, t: 8, b: 24 },
    font: { family: inks.sans, size: 10, color: inks.soft },
    xaxis: { ...axisOf(inks), showgrid: false, zeroline: false, range: [lo, hi], automargin: false },
    yaxis: {
      ...axisOf(inks),
      type: scale,
      nticks: 5,
      automargin: false,
      ...(scale === "log" && { dtick: 1 }),
    },
  };
  return { data: [trace], layout };
}
