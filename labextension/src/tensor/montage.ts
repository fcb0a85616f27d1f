/** All places along one or two dimensions side by side, each a small picture that opens on a click. */
import type { ColourRange, MontageResult, TensorQuery } from "nnsight-ts/display";
import { cellsDecoder, copied, paintCells } from "../cells.ts";
import { html } from "../dom.ts";
import { drawn } from "../drawing.ts";
import { formatValue } from "../format.ts";
import { paletteOf } from "../palette.ts";
import { settings } from "../settings.ts";
import { currentTheme } from "../theme.ts";
import { axisName } from "./axes.ts";
import { axesAt, placesAlong } from "./choices.ts";
import { WIDTH } from "./layout.ts";
import type { Look } from "./look.ts";
import { rangeOf } from "./range.ts";
import type { Drawn } from "./values.ts";

const GAP = 8;
/** As wide as the gutter of a heatmap. */
const LEFT = 72;
const LEAST_HEIGHT = 24;
const TALLEST = 160;
const WIDEST = 196;
const MOST_REPLY_BYTES = 1_000_000;

interface Pictures extends Drawn {
  readonly of: string;
  /** What stays the same while a slider moves. */
  readonly grid: string;
  /** The value of largest size of each picture, which may have come in a byte a cell; an older kernel tells none. */
  readonly largest: Float64Array | undefined;
}

/** How the pictures stand: so many a line, each of that size. */
export interface Grid {
  readonly perLine: number;
  readonly width: number;
  readonly height: number;
}

export function gridOf(counts: readonly number[], rows: number, cols: number, width: number): Grid {
  const [first, second] = counts as [number, number?];
  const left = second === undefined ? 0 : LEFT;
  const isWide = cols > 4 * rows;
  const usual = isWide ? 3 : first <= 4 ? 4 : first <= 12 ? 6 : first <= 32 ? 8 : 12;
  const perLine = second ?? Math.min(first, usual, Math.max(1, Math.floor(width / 48)));
  const each = Math.floor((Math.min(WIDTH, width) - left + GAP) / perLine) - GAP;
  const wide = Math.max(8, Math.min(WIDEST * (isWide ? 2 : 1), each));
  const tall = Math.max(LEAST_HEIGHT, Math.min(TALLEST, Math.round((wide * rows) / cols)));
  // Cells take whole px, where there are fewer than px.
  const drawn = cols <= wide ? Math.floor(wide / cols) * cols : wide;
  return { perLine, width: drawn, height: rows <= tall ? Math.round(tall / rows) * rows : tall };
}

export class Montage {
  readonly node = html("div", "nnsight-montage");
  #pictures: Pictures | undefined;
  #asked = "";

  constructor(
    private readonly look: Look,
    private readonly say: (text: string) => void,
  ) {}

  draw(width: number): void {
    const { look } = this;
    const { facets } = look.choices;
    const counts = facets.map((axis) => look.payload.shape[axis]!);
    const { rows, cols } = look.sides;
    const grid = gridOf(counts, rows, cols, width);
    const shape = JSON.stringify([facets, rows, cols, grid]);
    const key = JSON.stringify([shape, look.choices.axes, look.choices.reduce]);
    if (this.#pictures?.grid !== shape) this.#pictures = undefined;
    if (this.#pictures?.of !== key) void this.#ask(key, shape, grid);
    const places = placesAlong(look.payload.shape, facets);
    this.node.style.gridTemplateColumns = `${facets.length > 1 ? `${LEFT - GAP}px ` : ""}repeat(${grid.perLine}, ${grid.width}px)`;
    const heads = facets.length > 1 ? this.#columnHeads(counts[1]!) : [];
    const parts = places.map((index, place) => {
      const picture = this.#picture(index, place, grid);
      const isFirst = facets.length > 1 && index[1] === 0;
      return isFirst ? [drawn(html("span", "nnsight-dim", String(index[0]))), picture] : [picture];
    });
    this.node.replaceChildren(...heads, ...parts.flat());
    this.node.ariaBusy = String(!this.#pictures);
    this.node.setAttribute("role", "group");
    this.node.ariaLabel = `${places.length} slices side by side, by ${facets.map((axis) => axisName(look.payload, axis)).join(" and ")}`;
  }

  /** All pictures in the cells that are drawn, one after the other. */
  get drawn(): Drawn | undefined {
    return this.#pictures;
  }

  #columnHeads(count: number): HTMLElement[] {
    const [down, across] = this.look.choices.facets.map((axis) => axisName(this.look.payload, axis));
    const heads = Array.from({ length: count }, (_, i) =>
      drawn(html("span", "nnsight-dim nnsight-column-head", String(i))),
    );
    return [drawn(html("span", "nnsight-dim nnsight-corner-head", `${down} \\ ${across}`)), ...heads];
  }

  #picture(index: readonly number[], place: number, { width, height }: Grid): HTMLElement {
    const { look } = this;
    const { facets, axes } = look.choices;
    const name = facets.map((axis, i) => named(axisName(look.payload, axis), index[i]!)).join(", ");
    const canvas = html("canvas");
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    const label =
      facets.length > 1 ? [] : [drawn(html("span", "nnsight-dim", place === 0 ? name : String(index[0])))];
    const button = html("button", "nnsight-facet", ...label, canvas);
    button.type = "button";
    button.ariaLabel = name;
    const cells = this.#cells(place);
    if (cells) this.#paint(canvas, cells);
    const largest = this.#pictures?.largest?.[place] ?? Number.NaN;
    const words = Number.isNaN(largest)
      ? ""
      : `\u2002largest |x| ${formatValue(largest, look.payload.dtype)}`;
    const tell = () => this.say(`${name}${words}`);
    button.addEventListener("mouseenter", tell);
    button.addEventListener("focus", tell);
    button.addEventListener("click", () => {
      look.change({ axes: axesAt(axes, facets, index), facets: [] });
    });
    return button;
  }

  #paint(canvas: HTMLCanvasElement, cells: ArrayLike<number>): void {
    const { rows, cols } = this.#pictures!;
    Object.assign(canvas, { width: cols, height: rows });
    const range = this.#range(cells);
    const palette = paletteOf(range.palette, currentTheme(), settings().palette);
    paintCells(canvas.getContext("2d")!, cells, cols, 0, 0, palette, range);
  }

  /** One for all pictures, so that they can be compared; in view, each its own. */
  #range(cells: ArrayLike<number>): ColourRange {
    return rangeOf(this.look.choices.range, this.look.payload, cells);
  }

  #cells(place: number): ArrayLike<number> | undefined {
    if (!this.#pictures) return undefined;
    const { values, rows, cols } = this.#pictures;
    return (values as Float32Array).subarray(place * rows * cols, (place + 1) * rows * cols);
  }

  async #ask(key: string, grid: string, { width, height }: Grid): Promise<void> {
    if (this.#asked === key) return;
    this.#asked = key;
    const { look } = this;
    const { axes, facets, reduce } = look.choices;
    const places = facets.reduce((product, axis) => product * look.payload.shape[axis]!, 1);
    const cells = places * Math.min(width, look.sides.cols) * Math.min(height, look.sides.rows);
    const { lo, hi } = rangeOf(look.choices.range === "full" ? "full" : "robust", look.payload, []);
    const query: TensorQuery = {
      ask: "montage",
      axes,
      facets,
      most: [height, width],
      reduce,
      wanted: cells * 8 <= MOST_REPLY_BYTES ? { kind: "float" } : { kind: "uint8", lo, hi },
    };
    const reply = await look.live.ask("montage", query);
    if (reply.kind !== "result" || this.#asked !== key) return;
    const { rows, cols, pool, encoding } = reply.result as MontageResult;
    const [cellsOfAll, sizes] = reply.buffers;
    const values = cellsDecoder(encoding, query.wanted)(cellsOfAll!);
    const largest = sizes && new Float64Array(copied(sizes));
    this.#pictures = { of: key, grid, rows, cols, pool, values, largest };
    look.change({});
  }
}

/** `head 3`, and `dim 0 = 3` where the dimension has no name of its own. */
const named = (axis: string, index: number): string =>
  /\d$/.test(axis) ? `${axis} = ${index}` : `${axis} ${index}`;
