/** How the values of a slice are spread, from the smallest to the largest. */
import { choice } from "../controls.ts";
import { html, svg } from "../dom.ts";
import { formatInteger, formatNumber, formatTick, formatValue } from "../format.ts";
import { settings } from "../settings.ts";
import type { Look } from "./look.ts";

const LEFT = 72;
const WIDTH = 576;
const HEIGHT = 120;
const BOTTOM = 18;

interface Spread {
  readonly bins: readonly number[];
  readonly lo: number;
  readonly hi: number;
  readonly of: string;
}

export interface Panel {
  readonly node: HTMLElement;
  update(): void;
}

export function histogram(look: Look): Panel {
  let scale: "log" | "linear" = settings().logarithmic ? "log" : "linear";
  const plot = html("div", "nnsight-plot");
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
  const update = () => {
    void look.askSlice();
    const spread = spreadOf(look);
    caption.textContent = spread.of;
    plot.replaceChildren(draw(spread, scale, look, (text) => (readout.textContent = text)));
  };
  return { node, update };
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

function draw(
  { bins, lo, hi }: Spread,
  scale: "log" | "linear",
  { payload }: Look,
  say: (text: string) => void,
): SVGElement {
  const most = Math.max(...bins, 1);
  const height = (count: number) =>
    (scale === "log" ? Math.log1p(count) / Math.log1p(most) : count / most) * (HEIGHT - 8);
  const step = WIDTH / bins.length;
  const edge = (i: number) => lo + (i / bins.length) * (hi - lo);
  const bars = bins.flatMap((count, i) => {
    const top = HEIGHT - Math.max(count > 0 ? 1 : 0, height(count));
    const bar = svg("rect", {
      class: "nnsight-bar",
      x: LEFT + i * step,
      y: top,
      width: Math.max(0.5, step - 0.5),
      height: HEIGHT - top,
    });
    const reach = svg("rect", {
      class: "nnsight-reach",
      x: LEFT + i * step,
      y: 0,
      width: step,
      height: HEIGHT,
    });
    reach.addEventListener("mouseenter", () =>
      say(`${formatNumber(edge(i))} to ${formatNumber(edge(i + 1))}\u2002${formatInteger(count)}`),
    );
    return [...(count > 0 ? [bar] : []), reach];
  });
  const node = svg(
    "svg",
    { width: LEFT + WIDTH + 10, height: HEIGHT + BOTTOM, role: "img" },
    ...countTicks(most, scale, height),
    ...bars,
    svg("path", { class: "nnsight-tick", d: `M${LEFT} ${HEIGHT - 0.5}h${WIDTH}` }),
    ...valueTicks(lo, hi),
  );
  node.ariaLabel = `Histogram from ${formatValue(lo, payload.dtype)} to ${formatValue(hi, payload.dtype)}, largest count ${most}.`;
  node.addEventListener("mouseleave", () => say(""));
  return node;
}

function valueTicks(lo: number, hi: number): SVGElement[] {
  return roundBetween(lo, hi, 7).flatMap((value) => {
    const x = LEFT + ((value - lo) / (hi - lo)) * WIDTH;
    return [
      svg("path", { class: "nnsight-tick", d: `M${Math.round(x) + 0.5} ${HEIGHT}v4` }),
      svg("text", { class: "nnsight-middle", x, y: HEIGHT + 14 }, formatTick(value)),
    ];
  });
}

function countTicks(most: number, scale: "log" | "linear", height: (count: number) => number): SVGElement[] {
  const powers = Array.from({ length: Math.ceil(Math.log10(most + 1)) }, (_, power) => 10 ** power);
  const counts =
    scale === "log"
      ? powers.filter((_, i) => i % Math.ceil(powers.length / 4) === 0)
      : roundBetween(0, most, 4);
  return counts
    .filter((count) => count > 0)
    .flatMap((count) => {
      const y = Math.round(HEIGHT - height(count)) - 0.5;
      return [
        svg("path", { class: "nnsight-line", d: `M${LEFT} ${y}h${WIDTH}` }),
        svg("text", { class: "nnsight-end", x: LEFT - 7, y: y + 3.5 }, formatTick(count)),
      ];
    });
}

/** About so many round numbers from `lo` to `hi`. */
export function roundBetween(lo: number, hi: number, count: number): number[] {
  const raw = (hi - lo) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((digit) => digit * power >= raw) ?? 10);
  const first = Math.ceil(lo / step);
  return Array.from({ length: Math.max(0, Math.floor(hi / step) - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}
