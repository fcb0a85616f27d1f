/** A plain layout in rows, for when the better one fails: each box as far down as the longest way to it. */
import type { FlowBody } from "nnsight-ts/display";
import type { Arranged, Box, Size } from "./layout.ts";

const GAP = 20;

export function rowsOf(sizes: readonly Size[], edges: FlowBody["edges"]): Arranged {
  const depth = sizes.map(() => 0);
  for (const [from, to] of edges) depth[to] = Math.max(depth[to]!, depth[from]! + 1);
  const rows: number[][] = [];
  for (const [i, at] of depth.entries()) (rows[at] ??= []).push(i);
  const widths = rows.map((row) => row.reduce((sum, i) => sum + sizes[i]!.width + GAP, -GAP));
  const width = Math.max(0, ...widths);
  const boxes: Box[] = [];
  let y = 0;
  for (const [at, row] of rows.entries()) {
    let x = (width - widths[at]!) / 2;
    for (const i of row) {
      boxes[i] = { x, y, ...sizes[i]! };
      x += sizes[i]!.width + GAP;
    }
    y += Math.max(...row.map((i) => sizes[i]!.height)) + GAP;
  }
  const lines = edges.map(([from, to]) => {
    const [a, b] = [boxes[from]!, boxes[to]!];
    const [start, end] = [a.x + a.width / 2, b.x + b.width / 2];
    const bend = b.y - GAP / 2;
    return [
      { x: start, y: a.y + a.height },
      { x: start, y: bend },
      { x: end, y: bend },
      { x: end, y: b.y },
    ];
  });
  return { width, height: Math.max(0, y - GAP), boxes, lines };
}
