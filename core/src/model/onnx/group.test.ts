import fc from "fast-check";
import { expect, test } from "vitest";
import { group } from "./group.ts";
import type { Scoped } from "./scopes.ts";

/** Nodes that read earlier ones, each in the module of its name or in none. */
function graphOf(nodes: readonly (readonly [name: string, reads: readonly number[]])[]): Scoped[] {
  return nodes.map(([name, reads], i) => ({
    node: {
      name: `${i}`,
      inputs: reads.filter((from) => from < i).map((from) => `v${from}`),
      outputs: [`v${i}`],
    } as unknown as Scoped["node"],
    steps: name ? [name] : [],
  }));
}

const printed = (nodes: readonly Scoped[]): string[] =>
  group(nodes, 0).map((item) =>
    item.kind === "node"
      ? item.scoped.node.name
      : `${item.callee}(${item.inside.map(({ node }) => node.name)})`,
  );

test("a module is one call, though others stand between its nodes; as many as are needed when others need its half", () => {
  const apart = graphOf([
    ["a", []],
    ["b", []],
    ["a", [0]],
    ["b", [1]],
    ["", [2, 3]],
  ]);
  expect(printed(apart)).toEqual(["a(0,2)", "b(1,3)", "4"]);
  const through = graphOf([
    ["a", []],
    ["b", [0]],
    ["a", [1]],
  ]);
  expect(printed(through)).toEqual(["a(0)", "b(1)", "a(2)"]);
  const crossed = graphOf([
    ["a", []],
    ["b", []],
    ["a", [1]],
    ["b", [0]],
  ]);
  expect(printed(crossed)).toEqual(["b(1)", "a(0,2)", "b(3)"]);
});

test("every node is in one call or alone, and each can run after what stands before it", () => {
  const node = fc.tuple(fc.constantFrom("a", "b", "c", ""), fc.array(fc.nat(30), { maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(node, { maxLength: 30 }), (nodes) => {
      const graph = graphOf(nodes);
      const made = new Set<string>();
      let count = 0;
      for (const item of group(graph, 0)) {
        const inside = item.kind === "node" ? [item.scoped] : item.inside;
        const own = new Set(inside.flatMap(({ node: { outputs } }) => outputs));
        for (const { node: one, steps } of inside) {
          expect(one.inputs.filter((name) => !made.has(name) && !own.has(name))).toEqual([]);
          expect(steps[0]).toBe(item.kind === "call" ? item.callee : undefined);
          for (const output of one.outputs) made.add(output);
          count++;
        }
      }
      expect(count).toBe(nodes.length);
      expect(made.size).toBe(nodes.length);
    }),
  );
});
