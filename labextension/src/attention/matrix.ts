/** One head as a matrix: a row for each query, a column for each key. */
import { paintCells } from "../cells.ts";
import type { Cursor, Place } from "../cursor.ts";
import { html, svg } from "../dom.ts";
import { formatWeight } from "../format.ts";
import { colourAt, inkOn } from "../palette.ts";
import { decimalStep, placesIn } from "../ticks.ts";
import { tokenLength, tokenSvg, tokenText } from "../token.ts";
import { isHidden } from "./heads.ts";
import { cellSide, GUTTER } from "./layout.ts";
import { keyToken, queryToken, type Scene } from "./scene.ts";

const LETTER = 6.7;
const READABLE = 12;
const PRINTED = 24;
const APART = 28;
const NOTE = 20;
/** From so many px on the note stands in the corner that the mask leaves empty. */
const ROOMY = 240;

export interface Drawing {
  readonly node: HTMLElement;
  /** Draws the selection anew. */
  select(): void;
  /** The query and key under the mouse. */
  placeAt(event: MouseEvent): Place | undefined;
}

export function matrix(scene: Scene, cursor: Cursor): Drawing {
  const { cells, queries, keys, palette, payload } = scene;
  const side = cellSide(cells.rows, cells.cols, scene.plot);
  const [width, height] = [cells.cols * side, cells.rows * side];
  const isRoomy = payload.causal && queries > 4 && width >= ROOMY && height >= ROOMY;
  const top = isRoomy ? 2 : NOTE;
  const mask = { queries, keys, causal: payload.causal };
  const [canvas, printed] = [html("canvas"), [] as SVGElement[]];
  Object.assign(canvas, { width: cells.cols, height: cells.rows });
  Object.assign(canvas.style, {
    left: `${GUTTER}px`,
    top: `${top}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
  const shown = cells.values.map((weight, i) => (isHidden(cells, mask, i) ? Number.NaN : weight));
  paintCells(canvas.getContext("2d")!, shown, cells.cols, 0, 0, palette, { lo: 0, hi: 1 });
  for (let i = 0; side >= PRINTED && i < shown.length; i++) {
    const text = Number.isNaN(shown[i]!) ? "" : formatWeight(shown[i]!);
    if (!text) continue;
    const place = {
      x: GUTTER + ((i % cells.cols) + 0.5) * side,
      y: top + (Math.floor(i / cells.cols) + 0.5) * side + 3.5,
    };
    const ink = inkOn(colourAt(palette, shown[i]!, 0, 1));
    printed.push(svg("text", { class: "nnsight-in-cell", ...place, style: `fill: ${ink}` }, text));
  }
  const perToken = side / cells.pool;
  const at = {
    x: (key: number) => GUTTER + (key + 0.5) * perToken,
    y: (q: number) => top + (q + 0.5) * perToken,
  };
  const slanted = scene.payload.tokens !== undefined && perToken >= READABLE;
  const room = slanted ? slantRoom(scene) : 18;
  const rows = placesIn(0, queries, decimalStep(READABLE / perToken)).map((query) => ({
    at: at.y(query),
    node: rowLabel(scene, query, at.y(query), perToken < READABLE, ""),
  }));
  const columns = placesIn(0, keys, slanted ? 1 : decimalStep(APART / perToken)).map((key) => ({
    at: at.x(key),
    node: columnLabel(scene, key, at.x(key), top + height, slanted, ""),
  }));
  const selection = svg("g");
  const drawing = svg(
    "svg",
    { width: scene.main, height: top + height + room },
    ...(side >= PRINTED ? [svg("path", { class: "nnsight-gaps", d: gaps(scene, side, top) })] : []),
    ...printed,
    ...rows.map(({ node }) => node),
    ...columns.map(({ node }) => node),
    ...(slanted
      ? []
      : [
          svg("path", {
            class: "nnsight-tick",
            d: columns.map(({ at }) => `M${Math.floor(at) + 0.5} ${top + height}v4`).join(""),
          }),
        ]),
    ...note(scene, isRoomy, GUTTER + width, side >= PRINTED),
    selection,
  );
  const node = html("div", "nnsight-figure", canvas, drawing);
  node.style.height = `${top + height + room}px`;
  const select = () => {
    const outline = (place: Place | undefined, className: string) =>
      place
        ? [
            svg("rect", {
              class: className,
              x: GUTTER + Math.floor(place.col / cells.pool) * side - 0.5,
              y: top + Math.floor(place.row / cells.pool) * side - 0.5,
              width: Math.max(side, 3) + (side >= PRINTED ? 0 : 1),
              height: Math.max(side, 3) + (side >= PRINTED ? 0 : 1),
            }),
            ...(side < 6 ? [cross(place)] : []),
          ]
        : [];
    const cross = ({ row, col }: Place) =>
      svg("path", {
        class: "nnsight-hovered",
        d: `M${GUTTER - 4} ${Math.floor(at.y(row)) + 0.5}h4M${Math.floor(at.x(col)) + 0.5} ${top + height}v6`,
      });
    const looked = cursor.hovered ?? cursor.pinned;
    selection.replaceChildren(
      ...outline(cursor.pinned, "nnsight-pinned"),
      ...outline(cursor.hovered, "nnsight-hovered"),
      ...(looked
        ? [
            rowLabel(scene, looked.row, at.y(looked.row), perToken < READABLE, " nnsight-bold"),
            columnLabel(scene, looked.col, at.x(looked.col), top + height, slanted, " nnsight-bold"),
          ]
        : []),
    );
    hideNear(rows, looked && at.y(looked.row), Math.min(READABLE - 1, perToken + READABLE / 2));
    hideNear(columns, looked && at.x(looked.col), slanted ? 1 : APART);
  };
  select();
  return {
    node,
    select,
    placeAt({ clientX, clientY }) {
      const box = canvas.getBoundingClientRect();
      const row = Math.floor(((clientY - box.top) / box.height) * cells.rows) * cells.pool;
      const col = Math.floor(((clientX - box.left) / box.width) * cells.cols) * cells.pool;
      const inside = row >= 0 && col >= 0 && row < queries && col < keys;
      return inside && !(payload.causal && col > row + cells.pool - 1 + keys - queries)
        ? { row, col }
        : undefined;
    },
  };
}

/** The px that slanted tokens take under the matrix. */
function slantRoom({ payload }: Scene): number {
  const longest = Math.max(...(payload.tokens ?? []).map((token) => tokenLength(tokenText(token))));
  return Math.ceil(longest * LETTER * Math.SQRT1_2) + 18;
}

function rowLabel(scene: Scene, query: number, y: number, numbered: boolean, weight: string): SVGElement {
  const token = queryToken(scene, query);
  const number = (x: number, bold: string) =>
    svg("text", { class: `nnsight-end${bold}`, x, y: y + 3.5 }, String(query));
  if (token === undefined) return number(GUTTER - 7, weight);
  const left = numbered ? String(scene.queries - 1).length * 6 : 0;
  const text = tokenText(token, Math.floor((GUTTER - 8 - left) / LETTER));
  const label = svg(
    "text",
    { class: `nnsight-mono nnsight-end${weight}`, x: GUTTER - 7, y: y + 4 },
    ...tokenSvg(text),
  );
  return numbered ? svg("g", {}, number(left, ""), label) : label;
}

function columnLabel(scene: Scene, key: number, x: number, bottom: number, slanted: boolean, weight: string) {
  const token = slanted ? keyToken(scene, key) : undefined;
  if (token === undefined)
    return svg("text", { class: `nnsight-middle${weight}`, x, y: bottom + 14 }, String(key));
  const place = `translate(${x + 4} ${bottom + 10}) rotate(-45)`;
  return svg(
    "text",
    { class: `nnsight-mono nnsight-end${weight}`, transform: place },
    ...tokenSvg(tokenText(token)),
  );
}

function hideNear(
  labels: readonly { readonly at: number; readonly node: SVGElement }[],
  place: number | undefined,
  apart: number,
): void {
  for (const { at, node } of labels)
    node.style.visibility = place !== undefined && Math.abs(at - place) < apart ? "hidden" : "";
}

/** What the matrix is, in the corner that a causal mask leaves empty, or over it. */
function note(
  { head, payload, cells }: Scene,
  isRoomy: boolean,
  right: number,
  printed: boolean,
): SVGElement[] {
  const title = payload.heads.length > 1 ? `head ${head}` : "weights";
  const details = [
    "row query, column key",
    ...(printed ? ["weights from .10 printed"] : []),
    ...(cells.pool > 1 ? [`largest of ${cells.pool} × ${cells.pool} in a cell`] : []),
  ];
  if (!isRoomy)
    return [
      svg(
        "text",
        { x: GUTTER, y: 12 },
        svg("tspan", { class: "nnsight-bold" }, title),
        ` \u2002${details.join(" · ")}`,
      ),
    ];
  return [
    svg("text", { class: "nnsight-title nnsight-bold nnsight-end", x: right, y: 12 }, title),
    ...details.map((text, i) => svg("text", { class: "nnsight-end", x: right, y: 28 + 15 * i }, text)),
  ];
}

function gaps({ cells }: Scene, side: number, top: number): string {
  let d = "";
  for (let col = 1; col <= cells.cols; col++)
    d += `M${GUTTER + col * side - 0.5} ${top}v${cells.rows * side}`;
  for (let row = 1; row <= cells.rows; row++)
    d += `M${GUTTER} ${top + row * side - 0.5}h${cells.cols * side}`;
  return d;
}
