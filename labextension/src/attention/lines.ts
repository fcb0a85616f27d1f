/** One head as lines from each query on the left to the keys it looks at on the right. */
import type { Cursor } from "../cursor.ts";
import { html, svg } from "../dom.ts";
import { colourAt, cssColour } from "../palette.ts";
import { decimalStep, placesIn } from "../ticks.ts";
import { tokenSvg, tokenText } from "../token.ts";
import type { Drawing } from "./matrix.ts";
import { keyToken, queryToken, type Scene } from "./scene.ts";
import { type Line, strongest } from "./strongest.ts";

const READABLE = 12;
const ROW = 20;
const TOP = 22;
/** Of the labels on both sides. */
const LABELS = 92;
const WIDEST = 300;
const NEAR = 24;

export function lines(scene: Scene, cursor: Cursor): Drawing {
  const { queries, keys, cells, palette } = scene;
  const count = Math.max(queries, keys);
  const step = Math.min(ROW, Math.max(1, Math.floor(scene.plot / count)), (2 * scene.plot) / count);
  const width = Math.min(WIDEST, scene.main - 2 * LABELS);
  const height = count * step;
  const at = (index: number, size: number) => TOP + (index + (count - size) / 2 + 0.5) * step;
  const drawn = strongest(cells, queries, keys);
  const path = ({ query, key, weight }: Line) => {
    const [x0, x1, middle] = [LABELS, LABELS + width, LABELS + width / 2];
    const [y0, y1] = [at(query, queries), at(key, keys)];
    return svg("path", {
      d: `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`,
      stroke: cssColour(colourAt(palette, weight, 0, 1)),
      "stroke-width": Math.min(1 + 2 * weight, Math.max(0.75, 0.6 * step)),
    });
  };
  const label = (side: "query" | "key", index: number, weight: string) => {
    const token = side === "query" ? queryToken(scene, index) : keyToken(scene, index);
    const y = at(index, side === "query" ? queries : keys);
    const x = side === "query" ? LABELS - 8 : LABELS + width + 8;
    const end = side === "query" ? " nnsight-end" : "";
    return token === undefined
      ? svg("text", { class: `${end}${weight}`, x, y: y + 3.5 }, String(index))
      : svg("text", { class: `nnsight-mono${end}${weight}`, x, y: y + 4 }, ...tokenSvg(tokenText(token, 12)));
  };
  const labels = (side: "query" | "key", size: number) =>
    placesIn(0, size, decimalStep(READABLE / step)).map((index) => ({
      index,
      node: label(side, index, ""),
    }));
  const [left, right] = [labels("query", queries), labels("key", keys)];
  const threads = svg("g", { class: "nnsight-threads" });
  const bold = svg("g");
  const note = cells.pool > 1 ? ` · largest of ${cells.pool} × ${cells.pool}` : "";
  const drawing = svg(
    "svg",
    { width: scene.main, height: TOP + height + 4 },
    svg("text", { class: "nnsight-end", x: LABELS - 8, y: 12 }, "query"),
    svg("text", { x: LABELS + width + 8, y: 12 }, "key"),
    svg("text", { class: "nnsight-middle", x: LABELS + width / 2, y: 12 }, `head ${scene.head}${note}`),
    threads,
    ...[...left, ...right].map(({ node }) => node),
    bold,
  );
  const node = html("div", "nnsight-figure", drawing);
  node.style.height = `${TOP + height + 4}px`;
  const select = () => {
    const looked = cursor.hovered ?? cursor.pinned;
    const query = looked && Math.floor(looked.row / cells.pool) * cells.pool;
    const shown = looked ? drawn.filter((line) => line.query === query) : drawn;
    threads.replaceChildren(...shown.map(path));
    const hide = (
      labels: readonly { index: number; node: SVGElement }[],
      chosen: number | undefined,
      size: number,
    ) => {
      for (const { index, node } of labels)
        node.style.visibility =
          chosen !== undefined && Math.abs(at(index, size) - at(chosen, size)) < READABLE - 1 ? "hidden" : "";
    };
    hide(left, looked?.row, queries);
    hide(right, looked?.col, keys);
    bold.replaceChildren(
      ...(looked
        ? [label("query", looked.row, " nnsight-bold"), label("key", looked.col, " nnsight-bold")]
        : []),
    );
  };
  select();
  return {
    node,
    select,
    placeAt({ clientX, clientY }) {
      const box = drawing.getBoundingClientRect();
      const [x, y] = [clientX - box.left, clientY - box.top];
      if (x < 0 || x > 2 * LABELS + width || y < TOP || y >= TOP + height) return undefined;
      const row = Math.floor((y - TOP) / step - (count - queries) / 2);
      const looked = cursor.pinned && x > LABELS + width - NEAR ? cursor.pinned.row : row;
      if (looked < 0 || looked >= queries) return undefined;
      const key = x > LABELS + width - NEAR ? Math.floor((y - TOP) / step - (count - keys) / 2) : -1;
      return { row: looked, col: key >= 0 && key < keys && cursor.pinned ? key : largestKey(scene, looked) };
    },
  };
}

/** The key that a query looks at most. */
export function largestKey({ cells, keys }: Scene, query: number): number {
  const start = Math.floor(query / cells.pool) * cells.cols;
  let best = 0;
  for (let col = 1; col < cells.cols; col++)
    if (cells.values[start + col]! > cells.values[start + best]!) best = col;
  return Math.min(keys - 1, best * cells.pool);
}
