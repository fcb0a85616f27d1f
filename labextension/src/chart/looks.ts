/** A figure's traces and layout in the looks of the page; what the user has set wins. */
import type { FigurePayload } from "nnsight-ts/display";
import { axisOf, type Inks, SERIES, scaleOf } from "../plotly.ts";
import type { Theme } from "../theme.ts";

type Json = Readonly<Record<string, unknown>>;

const HEIGHT = 300;

export const shape = ({ layout }: Pick<FigurePayload, "layout">): { readonly height: number } => ({
  height: typeof layout.height === "number" ? layout.height : HEIGHT,
});

export function dressed(
  { data, layout, heat }: Pick<FigurePayload, "data" | "layout" | "heat">,
  inks: Inks,
  theme: Theme,
): { readonly data: Json[]; readonly layout: Json } {
  const { ink, soft, sans } = inks;
  const axis = (own: unknown): Json => {
    const given = (own ?? {}) as Json;
    return { ...axisOf(inks), ...given, title: titled(given.title, { size: 11, color: soft }) };
  };
  const hasTitle = Boolean(textOf(layout.title));
  const hasLegend = data.filter(({ name }) => name !== undefined).length > 1;
  return {
    data: data.map((trace) => dress(trace, heat, inks)),
    layout: {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: SERIES[theme],
      hovermode: "closest",
      bargap: 0.2,
      margin: { l: 72, r: 24, t: (hasTitle ? 40 : 12) + (hasLegend ? 20 : 0), b: 40 },
      legend: {
        ...{ orientation: "h", x: 0, y: 1, yanchor: "bottom" },
        ...{ font: { size: 11, color: ink }, bgcolor: "rgba(0,0,0,0)" },
      },
      showlegend: hasLegend,
      ...layout,
      height: shape({ layout }).height,
      font: { family: sans, size: 11, color: soft, ...(layout.font as Json | undefined) },
      title: {
        ...titled(layout.title, { size: 13, color: ink, weight: 600 }),
        x: 0,
        xref: "container",
        y: 1,
        pad: { t: 14 },
      },
      xaxis: { ...axis(layout.xaxis), showgrid: false, zeroline: false },
      yaxis: axis(layout.yaxis),
    },
  };
}

/** Nothing is written over the data: what the pointer is on stands under the figure. */
function dress(trace: Json, heat: FigurePayload["heat"], { soft }: Inks): Json {
  const type = trace.type ?? "scatter";
  const quiet = { ...trace, hoverinfo: "none" };
  if (type === "heatmap" && heat)
    return {
      colorscale: scaleOf(heat.palette),
      zmin: heat.lo,
      zmax: heat.hi,
      colorbar: { thickness: 8, outlinewidth: 0, len: 1, tickfont: { size: 10, color: soft }, nticks: 5 },
      ...quiet,
    };
  if (type === "scatter") return { line: { width: 1.5 }, ...quiet };
  if (type === "histogram" && !trace.marker) return { marker: { color: soft }, ...quiet };
  return quiet;
}

const textOf = (title: unknown): string =>
  typeof title === "string" ? title : String((title as { text?: unknown } | undefined)?.text ?? "");

const titled = (title: unknown, font: Json): Json => ({
  ...(typeof title === "object" ? (title as Json) : {}),
  text: textOf(title),
  font,
});
