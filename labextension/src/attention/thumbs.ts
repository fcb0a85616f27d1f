/** All heads small, side by side: pointing at one previews it, choosing one holds it. */
import { paintCells } from "../cells.ts";
import { html } from "../dom.ts";
import { formatNumber } from "../format.ts";
import type { Colour } from "../palette.ts";
import { type Heads, isHidden, shrunk } from "./heads.ts";
import type { HeadGrid } from "./layout.ts";

const ROOM_FOR_WORDS = 64;

export interface Choosing {
  readonly held: number;
  preview(head: number | undefined): void;
  hold(head: number): void;
}

export interface Thumbs {
  readonly node: HTMLElement;
  /** Marks the head that is held. */
  mark(held: number): void;
}

export function thumbs(
  heads: Heads,
  { columns, size, gap }: HeadGrid,
  palette: readonly Colour[],
  entropies: readonly number[],
  causal: boolean,
  { held, preview, hold }: Choosing,
): Thumbs {
  const node = html("div", "nnsight-heads");
  node.setAttribute("role", "radiogroup");
  node.ariaLabel = `${heads.count} heads`;
  Object.assign(node.style, { gridTemplateColumns: `repeat(${columns}, ${size}px)`, gap: `${gap}px` });
  const mask = { queries: heads.queries, keys: heads.keys, causal };
  const buttons = Array.from({ length: heads.count }, (_, head) => {
    const canvas = html("canvas");
    const cells = shrunk(heads.small(head), size);
    const shown = cells.values.map((weight, i) => (isHidden(cells, mask, i) ? Number.NaN : weight));
    Object.assign(canvas, { width: cells.cols, height: cells.rows });
    const side = thumbSide(Math.max(cells.rows, cells.cols), size);
    Object.assign(canvas.style, { width: `${cells.cols * side}px`, height: `${cells.rows * side}px` });
    paintCells(canvas.getContext("2d")!, shown, cells.cols, 0, 0, palette, { lo: 0, hi: 1 });
    const bits = `${formatNumber(entropies[head]!)}${head === 0 ? " bits" : ""}`;
    const words = size >= ROOM_FOR_WORDS ? [html("b", "", `head ${head}`), bits] : [html("b", "", `${head}`)];
    const button = html("button", "nnsight-head-choice", html("span", "", ...words), canvas);
    button.type = "button";
    button.setAttribute("role", "radio");
    button.ariaLabel = `head ${head}, entropy ${formatNumber(entropies[head]!)} bits`;
    button.addEventListener("mouseenter", () => preview(head));
    button.addEventListener("mouseleave", () => preview(undefined));
    button.addEventListener("click", () => hold(head));
    return button;
  });
  const moves: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  node.addEventListener("keydown", (event) => {
    const head = buttons.indexOf(event.target as HTMLButtonElement) + (moves[event.key] ?? Number.NaN);
    if (!buttons[head]) return;
    event.preventDefault();
    hold(head);
    buttons[head].focus();
  });
  const mark = (held: number) =>
    buttons.forEach((button, head) => {
      button.ariaChecked = String(head === held);
      button.tabIndex = head === held ? 0 : -1;
    });
  mark(held);
  node.append(...buttons);
  return { node, mark };
}

/** Whole px for a cell, unless too much of the room stayed empty. */
export function thumbSide(cells: number, size: number): number {
  const whole = Math.max(1, Math.round(size / cells));
  const taken = (whole * cells) / size;
  return taken > 0.75 && taken <= 1.05 ? whole : size / cells;
}
