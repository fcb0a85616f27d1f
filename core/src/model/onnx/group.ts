/** Groups the nodes of one module into calls of those inside it, so that each can be run as a whole. */
import type { Scoped } from "./scopes.ts";

/** A node of the module's own, or a call of the module at `callee` with what is in it. */
export type Item =
  | { readonly kind: "node"; readonly scoped: Scoped }
  | { readonly kind: "call"; readonly callee: string; readonly inside: readonly Scoped[] };

/**
 * @param nodes in an order in which they can run
 * @param depth how many modules are around the one that is grouped
 * @returns items in such an order. A module whose nodes can be run as a whole is one call, else there are several
 */
export function group(nodes: readonly Scoped[], depth: number): Item[] {
  const graph = new Contracted(nodes);
  const names = new Set(nodes.flatMap(({ steps }) => steps[depth] ?? []));
  const calls = new Map<number, string>();
  for (const name of names) {
    const members = nodes.flatMap(({ steps }, i) => (steps[depth] === name ? [i] : []));
    for (const piece of graph.split(members)) calls.set(graph.merge(piece), name);
  }
  return graph.sorted().map(([id, members]): Item => {
    const callee = calls.get(id);
    const inside = members.map((i) => nodes[i]!);
    return callee === undefined ? { kind: "node", scoped: inside[0]! } : { kind: "call", callee, inside };
  });
}

/** Nodes by number, of which some have been merged; each merged set goes by the number of its first. */
class Contracted {
  readonly #owner: number[];
  readonly #edges: readonly (readonly [from: number, to: number])[];

  constructor(nodes: readonly Scoped[]) {
    this.#owner = nodes.map((_, i) => i);
    const makers = new Map(
      nodes.flatMap(({ node }, i) => node.outputs.map((output) => [output, i] as const)),
    );
    this.#edges = nodes.flatMap(({ node }, to) =>
      node.inputs.flatMap((input) => {
        const from = makers.get(input);
        return from === undefined ? [] : [[from, to] as const];
      }),
    );
  }

  /** Parts that no path leaves and enters again: how often it was left before decides which part a member is of. */
  split(members: readonly number[]): number[][] {
    const inside = new Set(members);
    const before = this.#predecessors();
    const left = new Map<number, number>();
    for (const [id] of this.sorted()) {
      const counts = [...(before.get(id) ?? [])].map(
        (from) => left.get(from)! + Number(inside.has(from) && !inside.has(id)),
      );
      left.set(id, Math.max(0, ...counts));
    }
    return [...Map.groupBy(members, (i) => left.get(i)!).values()];
  }

  merge(members: readonly number[]): number {
    const first = members[0]!;
    for (const i of members) this.#owner[i] = first;
    return first;
  }

  /** Each merged set with its members, in an order in which they can run; as in the file where that is free. */
  sorted(): [id: number, members: number[]][] {
    const members = Map.groupBy(this.#owner.keys(), (i) => this.#owner[i]!);
    const before = this.#predecessors();
    const done = new Set<number>();
    const order: [number, number[]][] = [];
    for (const start of members.keys()) {
      const stack = [start];
      while (stack.length) {
        const id = stack.at(-1)!;
        const missing = done.has(id) ? undefined : [...(before.get(id) ?? [])].find((one) => !done.has(one));
        if (missing !== undefined) stack.push(missing);
        else {
          stack.pop();
          if (!done.has(id)) order.push([id, members.get(id)!]);
          done.add(id);
        }
      }
    }
    return order;
  }

  #predecessors(): Map<number, Set<number>> {
    const before = new Map<number, Set<number>>();
    for (const edge of this.#edges) {
      const [from, to] = edge.map((i) => this.#owner[i]!) as [number, number];
      if (from === to) continue;
      const known = before.get(to) ?? new Set();
      before.set(to, known.add(from));
    }
    return before;
  }
}
