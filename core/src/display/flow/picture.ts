/** A body as a picture, for readers without our viewer: each step as far down as the longest way to it. */
import { DIM, sheet, text } from "../text/svg.ts";
import type { FlowBody, FlowPayload, FlowStep } from "./payload.ts";

const [ROW, BOX, GAP, LETTER] = [52, 28, 20, 6.7];

export function flowPicture({ name, kind, bodies, root }: FlowPayload): string {
  const body = bodies[root]!;
  const rows = layersOf(body);
  const wide = rows.map((row) => row.reduce((sum, step) => sum + widthOf(body.steps[step]!) + GAP, -GAP));
  const whole = Math.max(400, ...wide);
  const places = new Map<number, { readonly x: number; readonly y: number; readonly width: number }>();
  for (const [i, row] of rows.entries()) {
    let x = (whole - wide[i]!) / 2;
    for (const step of row) {
      const width = widthOf(body.steps[step]!);
      places.set(step, { x, y: 36 + i * ROW, width });
      x += width + GAP;
    }
  }
  const edges = body.edges.map(([from, to]) => {
    const [a, b] = [places.get(from)!, places.get(to)!];
    const [x1, y1, x2, y2] = [a.x + a.width / 2, a.y + BOX, b.x + b.width / 2, b.y];
    const bend = Math.min(24, (y2 - y1) / 2);
    return `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" fill="none" stroke="#b4b4b4"/>`;
  });
  const boxes = body.steps.flatMap((step, i) => {
    const { x, y, width } = places.get(i)!;
    const middle = x + width / 2;
    const ends = step.kind === "input" || step.kind === "output";
    const box = ends
      ? ""
      : `<rect x="${x}" y="${y}" width="${width}" height="${BOX}" rx="3" fill="#fff" stroke="#b4b4b4"/>`;
    const label = text(middle, y + (step.detail ? 12 : 18), step.label, 'text-anchor="middle"');
    const detail = step.detail
      ? text(middle, y + 23, step.detail, `text-anchor="middle" font-size="9" fill="${DIM}"`)
      : "";
    return [box, label, detail];
  });
  const head = [
    text(0, 12, name, 'font-weight="600"'),
    text(name.length * LETTER + 16, 12, kind, `fill="${DIM}"`),
  ];
  return sheet(whole + 24, 60 + rows.length * ROW, [...head, ...edges, ...boxes]);
}

const widthOf = ({ label, detail = "" }: FlowStep): number =>
  Math.ceil(Math.max(label.length * LETTER, detail.length * 5.6)) + 20;

/** Steps by how far they are from the start; edges go from earlier steps to later ones. */
function layersOf({ steps, edges }: FlowBody): number[][] {
  const depth = steps.map(() => 0);
  for (const [from, to] of edges) depth[to] = Math.max(depth[to]!, depth[from]! + 1);
  const rows: number[][] = [];
  for (const [step, at] of depth.entries()) (rows[at] ??= []).push(step);
  return rows;
}
