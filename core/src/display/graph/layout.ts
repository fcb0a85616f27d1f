/** Where the lines of a program's picture stand: modules on the left, what is written on the right, time downwards. */
import type { Branch, GraphGroup, GraphNode, GraphPayload } from "./payload.ts";

/** Widths and heights in px; the unit is 4. */
export const WIDTH = 820;
export const PIN = 400;
const HEAD = 60;
const [MODULE, STEP, TITLE] = [32, 24, 24];

export interface Placed {
  readonly node: GraphNode;
  readonly y: number;
  /** Of a module the left end of its box, of a step that of its text. */
  readonly x: number;
  /** Of a module the line that it hangs on. */
  readonly spine: number;
  /** The program that it belongs to: the innermost region around. */
  readonly scope: number | undefined;
}

/** A stretch of lines that is marked as one: a module that is looked into, a region, a branch. */
export interface Span {
  readonly kind: GraphGroup["kind"] | "branch";
  readonly label: string;
  readonly x: number;
  readonly top: number;
  bottom: number;
}

export interface Layout {
  readonly lines: readonly Placed[];
  readonly spans: readonly Span[];
  readonly height: number;
}

export function layoutOf({ nodes, edges, groups }: GraphPayload): Layout {
  const lines: Placed[] = [];
  const spans: Span[] = [];
  const byId = new Map(groups.map((group) => [group.id, group]));
  const attached = new Set(edges.filter(({ kind }) => kind === "at").map(({ to }) => to));
  const open: { readonly group: GraphGroup; readonly span: Span }[] = [];
  let branches: { readonly key: string; readonly span: Span }[] = [];
  let y = HEAD;
  /** Whether the last line is a module beside which there is still room. */
  let room = false;

  const chainOf = (id: number | undefined): GraphGroup[] => {
    const chain: GraphGroup[] = [];
    for (let group = id === undefined ? undefined : byId.get(id); group; group = byId.get(group.parent ?? -1))
      chain.unshift(group);
    return chain;
  };

  for (const node of nodes) {
    const chain = chainOf(node.group);
    while (open.length && open.at(-1)!.group !== chain[open.length - 1]) {
      const { span } = open.pop()!;
      y += 4;
      span.bottom = y;
      room = false;
    }
    for (const group of chain.slice(open.length)) {
      const span = { kind: group.kind, label: group.label, x: indent(chain, group), top: y, bottom: y };
      spans.push(span);
      open.push({ group, span });
      y += group.kind === "module" ? TITLE : 4;
      room = false;
    }
    const keys = (node.branches ?? []).map(keyOf);
    const same = branches.findIndex(({ key }, i) => key !== keys[i]);
    for (const { span } of same < 0 ? [] : branches.slice(same)) span.bottom = y;
    branches = same < 0 ? branches : branches.slice(0, same);
    for (const [depth, branch] of (node.branches ?? []).entries()) {
      if (depth < branches.length) continue;
      const span = {
        kind: "branch" as const,
        label: branch.want ? "if so" : "if not",
        x: PIN + 12 + depth * 14,
        top: y,
        bottom: y,
      };
      spans.push(span);
      branches.push({ key: keyOf(branch), span });
      y += 20;
      room = false;
    }
    const scope = chain.findLast(({ kind }) => kind === "region");
    const x = node.kind === "module" ? indent(chain) + 24 : PIN + 12 + branches.length * 14;
    const spine = indent(scope ? chain.slice(0, chain.indexOf(scope) + 1) : []) + 4;
    const place = { node, x, spine, scope: scope?.id };
    if (room && attached.has(node.id)) {
      lines.push({ ...place, y: lines.at(-1)!.y });
      room = false;
      continue;
    }
    const height = node.kind === "module" ? MODULE : STEP;
    lines.push({ ...place, y: y + height / 2 });
    y += height;
    room = node.kind === "module";
  }
  for (const { span } of branches) span.bottom = y;
  while (open.length) {
    y += 4;
    open.pop()!.span.bottom = y;
  }
  return { lines, spans, height: y };
}

const keyOf = ({ condition, want }: Branch): string => `${condition} ${want}`;

/** How far the groups around push a line to the right, up to the one that is given. */
function indent(chain: readonly GraphGroup[], last?: GraphGroup): number {
  const around = last ? chain.slice(0, chain.indexOf(last)) : chain;
  return 12 + around.reduce((sum, { kind }) => sum + (kind === "region" ? 20 : 12), 0);
}
