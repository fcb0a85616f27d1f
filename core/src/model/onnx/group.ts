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
  const calls = new Map<number, string>();
  for (const [name, members] of Map.groupBy(nodes.keys(), (i) => nodes[i]!.steps[depth])) {
    if (name === undefined) continue;
    for (const piece of graph.split(members)) calls.set(graph.merge(piece), name);
  }
  return graph.inFileOrder().map(([id, members]): Item => {
    const callee = calls.get(id);
    const inside = members.map((i) => nodes[i]!);
    return callee === undefined ? { kind: "node", scoped: inside[0]! } : { kind: "call", callee, inside };
  });
}

/** Nodes by number, of which some have been merged; each merged set goes by the number of its first. */
class Contracted {
  readonly #owner: number[];
  readonly #members: number[][];
  /** The nodes that each one reads. */
  readonly #read: readonly (readonly number[])[];
  /** An order in which the sets can run, each at some place. */
  readonly #place: number[];
  readonly #at: (number | undefined)[];

  constructor(nodes: readonly Scoped[]) {
    this.#owner = nodes.map((_, i) => i);
    this.#members = nodes.map((_, i) => [i]);
    this.#place = nodes.map((_, i) => i);
    this.#at = nodes.map((_, i) => i);
    const makers = new Map(
      nodes.flatMap(({ node }, i) => node.outputs.map((output) => [output, i] as const)),
    );
    this.#read = nodes.map(({ node }) => node.inputs.flatMap((input) => makers.get(input) ?? []));
  }

  /**
   * Parts that no path leaves and enters again: how often it was left before decides which part a member is of. Only what
   * stands between the first and the last member can be on such a path.
   */
  split(members: readonly number[]): number[][] {
    const inside = new Set(members);
    const left = new Map<number, number>();
    for (const id of this.#between(members)) {
      let most = 0;
      for (const from of this.#before(id)) {
        const leaves = inside.has(from) && !inside.has(id);
        most = Math.max(most, (left.get(from) ?? 0) + Number(leaves));
      }
      left.set(id, most);
    }
    return [...Map.groupBy(members, (i) => left.get(i)!).values()];
  }

  /** @param members one of the parts that `split` gave, none of them merged */
  merge(members: readonly number[]): number {
    const first = members[0]!;
    const around = this.#between(members);
    const places = around.map((id) => this.#place[id]!);
    for (const i of members) this.#owner[i] = first;
    this.#members[first] = [...members];
    const order = this.#sorted(new Set(around.map((id) => this.#owner[id]!)));
    places.forEach((place, i) => {
      this.#at[place] = order[i];
      if (order[i] !== undefined) this.#place[order[i]] = place;
    });
    return first;
  }

  /** Each merged set with its members, in an order in which they can run; as in the file where that is free. */
  inFileOrder(): [id: number, members: readonly number[]][] {
    return this.#sorted(new Set(this.#owner)).map((id) => [id, this.#members[id]!]);
  }

  /** The sets from the first to the last of some, in an order in which they can run. */
  #between(members: readonly number[]): number[] {
    let [first, last] = [Number.POSITIVE_INFINITY, 0];
    for (const i of members) {
      first = Math.min(first, this.#place[i]!);
      last = Math.max(last, this.#place[i]!);
    }
    return this.#at.slice(first, last + 1).filter((id) => id !== undefined);
  }

  /** Each of these after those of them that it reads, else as given. */
  #sorted(ids: ReadonlySet<number>): number[] {
    const seen = new Set<number>();
    const order: number[] = [];
    for (const start of ids) {
      const stack = seen.has(start) ? [] : [{ id: start, before: this.#before(start) }];
      seen.add(start);
      while (stack.length) {
        const { id, before } = stack.at(-1)!;
        let missing = before.next().value;
        while (missing !== undefined && (!ids.has(missing) || seen.has(missing)))
          missing = before.next().value;
        if (missing === undefined) {
          order.push(id);
          stack.pop();
        } else {
          seen.add(missing);
          stack.push({ id: missing, before: this.#before(missing) });
        }
      }
    }
    return order;
  }

  /** The sets that one reads. */
  *#before(id: number): Generator<number, undefined> {
    for (const member of this.#members[id]!)
      for (const from of this.#read[member]!) {
        const owner = this.#owner[from]!;
        if (owner !== id) yield owner;
      }
  }
}
