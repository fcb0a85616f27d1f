/** A laid out body as SVG: boxes, open groups on a faint ground, edges that end in a tip. */
import type { FlowBody, FlowStep } from "nnsight-ts/display";
import { svg } from "../dom.ts";
import { type Box, type Laid, PAD, type Point, TITLE, type Way, wayOf } from "./layout.ts";

export interface Drawn {
  readonly parts: readonly SVGElement[];
  /** Every step that is drawn, by the way to it. */
  readonly steps: ReadonlyMap<Way, { readonly node: SVGGElement; readonly step: FlowStep; readonly at: Box }>;
}

export function drawBody(bodies: readonly FlowBody[], laid: Laid, types: boolean): Drawn {
  const steps = new Map<Way, { node: SVGGElement; step: FlowStep; at: Box }>();
  const parts = bodyParts(laid, "", 0, 0);
  return { parts, steps };

  function bodyParts(one: Laid, way: Way, left: number, top: number): SVGElement[] {
    const body = bodies[one.body]!;
    const lines = one.lines.map((points, i) => {
      const [from, to] = body.edges[i]!;
      const line = edge(points, left, top);
      Object.assign(line.dataset, { from: wayOf(way, from), to: wayOf(way, to) });
      return line;
    });
    const boxes = body.steps.flatMap((step, i): SVGElement[] => {
      const own = wayOf(way, i);
      const { x, y, width, height } = one.boxes[i]!;
      const at = { x: x + left, y: y + top, width, height };
      const inside = one.inside.get(i);
      const node = inside ? openGroup(step, at) : closed(step, at, types);
      node.dataset.way = own;
      steps.set(own, { node, step, at });
      if (!inside) return [node];
      const middle = at.x + (at.width - inside.width) / 2;
      return [node, ...bodyParts(inside, own, middle, at.y + TITLE)];
    });
    return [...lines, ...boxes];
  }
}

function edge(points: readonly Point[], left: number, top: number): SVGPathElement {
  const at = points.map(({ x, y }) => `${round(x + left)} ${round(y + top)}`);
  const end = points.at(-1)!;
  const tip = `M${round(end.x + left - 3)} ${round(end.y + top - 4)}l3 4l3 -4`;
  return svg("path", { class: "nnsight-edge", d: `M${at.join("L")}${tip}` });
}

const round = (x: number): number => Math.round(x) + 0.5;

/** Title on the left, with the sign that it can be closed. */
function openGroup(step: FlowStep, { x, y, width, height }: Box): SVGGElement {
  return svg(
    "g",
    { class: "nnsight-step nnsight-step-open" },
    svg("rect", { x: round(x), y: round(y), width: Math.round(width), height: Math.round(height), rx: 4 }),
    svg("text", { class: "nnsight-step-mark", x: x + PAD - 2, y: y + 18 }, "▾"),
    svg("text", { class: "nnsight-step-label", x: x + PAD + 12, y: y + 18 }, step.label),
  );
}

function closed(step: FlowStep, { x, y, width, height }: Box, types: boolean): SVGGElement {
  const { kind, label, detail, type } = step;
  const isEnd = kind === "input" || kind === "output";
  const middle = x + width / 2;
  const box = (dx: number) =>
    svg("rect", {
      x: round(x + dx),
      y: round(y + dx),
      width: Math.round(width),
      height: Math.round(height),
      rx: 3,
    });
  const lines = [...(detail ? [detail] : []), ...(types && type ? [type] : [])];
  const top = y + (isEnd ? 12 : 15);
  const sign = step.body === undefined ? "" : "▸ ";
  return svg(
    "g",
    { class: `nnsight-step nnsight-step-${kind}` },
    ...(isEnd ? [] : kind === "group" ? [box(3), box(0)] : [box(0)]),
    svg("text", { class: "nnsight-step-label nnsight-middle", x: middle, y: top }, sign + label),
    ...lines.map((line, i) =>
      svg("text", { class: "nnsight-step-said nnsight-middle", x: middle, y: top + 14 * (i + 1) }, line),
    ),
  );
}
