/** Modules that are alike and follow each other become one group, which opens into them. */
import type { Bodies, Draft, Written } from "./flow.ts";
import type { FlowStep } from "./payload.ts";

const FEWEST = 3;

export function grouped(written: Written, bodies: Bodies): Written {
  let whole = written;
  for (;;) {
    const run = longestRun(whole.steps);
    if (!run) return whole;
    whole = withGroup(whole, run, bodies);
  }
}

interface Run {
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
}

/** Calls of one body, one after the other, that are not in a group yet. */
function longestRun(steps: readonly Draft[]): Run | undefined {
  for (let first = 0; first < steps.length; first++) {
    if (!steps[first]!.unit) continue;
    let end = first + 1;
    while (steps[end]?.unit && steps[end]!.body === steps[first]!.body) end++;
    if (end - first >= FEWEST) return { first, end };
    first = end - 1;
  }
  return undefined;
}

function withGroup({ steps, edges }: Written, { first, end }: Run, bodies: Bodies): Written {
  const isIn = (step: number): boolean => step >= first && step < end;
  const inside: FlowStep[] = [];
  const within: [number, number][] = [];
  const inputs = new Map<number, number>();
  const uses = new Map<number, number>();
  for (const [from, to] of edges) if (isIn(to) && !isIn(from)) uses.set(from, (uses.get(from) ?? 0) + 1);
  for (const [from, count] of uses) {
    const { label, type } = steps[from]!;
    const detail =
      count > 1 ? { detail: count === end - first ? "to each of them" : `to ${count} of them` } : {};
    inputs.set(from, inside.push({ kind: "input", label, ...detail, ...(type && { type }) }) - 1);
  }
  const offset = inside.length - first;
  for (const { unit: _, ...step } of steps.slice(first, end)) inside.push(step);
  const leaving = new Set(edges.flatMap(([from, to]) => (isIn(from) && !isIn(to) ? [from] : [])));
  // What goes to many is drawn to the first alone: a chain stays a chain.
  const isDrawn = new Set<number>();
  for (const [from, to] of edges) {
    if (!isIn(to)) continue;
    if (isIn(from)) within.push([from + offset, to + offset]);
    else if (!isDrawn.has(from)) within.push([inputs.get(from)!, to + offset]);
    isDrawn.add(from);
  }
  for (const from of leaving) {
    const { type } = steps[from]!;
    within.push([from + offset, inside.push({ kind: "output", label: "output", ...(type && { type }) }) - 1]);
  }
  const [one, last] = [steps[first]!, steps[end - 1]!];
  const group: Draft = {
    kind: "group",
    label: `${one.label}–${last.label.split(".").at(-1)}`,
    detail: `${end - first} × ${one.detail}`,
    ...(last.type && { type: last.type }),
    body: bodies.add(inside, within),
  };
  const moved = (step: number): number =>
    step < first ? step : isIn(step) ? first : step - (end - first) + 1;
  const outer = new Map(
    edges.map(([from, to]) => [moved(from), moved(to)] as const).map((edge) => [edge.join(), edge]),
  );
  return {
    steps: [...steps.slice(0, first), group, ...steps.slice(end)],
    edges: [...outer.values()].filter(([from, to]) => from !== to),
  };
}
