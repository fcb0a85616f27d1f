import type { FlowBody } from "nnsight-ts/display";
import { expect, test } from "vitest";
import { around, findSteps, Layouts, MOST, visible, widened } from "./layout.ts";
import { rowsOf } from "./rows.ts";

const leaf = (label: string) => ({ kind: "operator" as const, label });
const bodies: FlowBody[] = [
  { steps: [leaf("MatMul"), leaf("Add")], edges: [[0, 1]], size: 2 },
  {
    steps: [
      { kind: "call", label: "layers.0", detail: "Block", body: 0 },
      { kind: "call", label: "layers.1", detail: "Block", body: 0 },
    ],
    edges: [[0, 1]],
    size: 4,
  },
];

test("equal bodies are laid out once, an open one grows the box around it", async () => {
  const asked: number[] = [];
  const layouts = new Layouts(bodies, async (sizes, edges) => {
    asked.push(sizes.length);
    return rowsOf(sizes, edges);
  });
  const closed = await layouts.of(1, new Set(), false);
  const open = await layouts.of(1, new Set(["0", "1"]), false);
  expect(asked).toEqual([2, 2, 2]); // the closed one, the body of both blocks, the open one
  expect(open.inside.get(0)).toBe(open.inside.get(1));
  expect(open.boxes[0]!.height).toBeGreaterThan(closed.boxes[0]!.height);
  await layouts.of(1, new Set(["1", "0"]), false);
  expect(asked).toHaveLength(3);
});

test("a failed layout gives rows, in which no box covers another and every edge goes down", async () => {
  const laid = await new Layouts(bodies, () => Promise.reject(new Error("too deep"))).of(
    1,
    new Set(["0"]),
    true,
  );
  const [first, second] = laid.boxes;
  expect(second!.y).toBeGreaterThanOrEqual(first!.y + first!.height);
  expect(laid.lines[0]!.at(-1)!.y).toBeGreaterThan(laid.lines[0]![0]!.y);
});

test("what is found and what is visible", () => {
  expect(findSteps(bodies, 1, "matmul", 10)).toEqual(["0.0", "1.0"]);
  expect(findSteps(bodies, 1, "a", 2)).toHaveLength(2);
  expect(around("1.0.3")).toEqual(["1", "1.0"]);
  expect(visible(bodies, 1, new Set(["1"]))).toBe(4);
});

test("of a model of 2,000 modules no more are open than can be drawn, and closing some makes room", () => {
  const block: FlowBody = {
    steps: Array.from({ length: 20 }, (_, i) => leaf(`Linear ${i}`)),
    edges: [],
    size: 20,
  };
  const call = (_: unknown, i: number) => ({
    kind: "call" as const,
    label: `layers.${i}`,
    detail: "Block",
    body: 0,
  });
  const deep: FlowBody[] = [block, { steps: Array.from({ length: 100 }, call), edges: [], size: 2000 }];
  const all = Array.from({ length: 100 }, (_, i) => String(i));
  expect(widened(deep, 1, new Set(), all)).toEqual({ count: 2100 });
  let open: ReadonlySet<string> = new Set();
  for (const way of all) open = widened(deep, 1, open, [way]).open ?? open;
  expect(visible(deep, 1, open)).toBe(MOST);
  expect(open.size).toBe(70);
  expect(widened(deep, 1, open, ["99"]).open).toBeUndefined();
  const fewer = new Set([...open].slice(1));
  expect(widened(deep, 1, fewer, ["99"]).open).toEqual(new Set([...fewer, "99"]));
});
