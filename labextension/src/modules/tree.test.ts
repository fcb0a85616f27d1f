import type { ModuleRow, ModulesPayload } from "nnsight-ts/display";
import { expect, test } from "vitest";
import { found, openAtFirst, rowsOf, widened } from "./tree.ts";

const leaf = (name: string, more: Partial<ModuleRow> = {}): ModuleRow => ({
  name,
  kind: "Linear",
  parameters: 6,
  bytes: 24,
  weights: [{ name: "weight", dtype: "float32", shape: [2, 3] }],
  ...more,
});
const group = (name: string, children: readonly ModuleRow[], more: Partial<ModuleRow> = {}): ModuleRow => ({
  ...{ name, kind: "Group", parameters: 12, bytes: 48, children },
  ...more,
});
const payload: ModulesPayload = {
  name: "net",
  root: group("", [
    group("model", [leaf("embed"), group("layers", [group("0", [leaf("mlp")], { times: 4, last: "3" })])]),
    leaf("head"),
  ]),
};

test("what is open at first, and the paths of the chosen one of a run", () => {
  const open = openAtFirst(payload, 20);
  const paths = (state: Parameters<typeof rowsOf>[1]) =>
    rowsOf(payload, state).map(({ path, depth }) => `${depth} ${path}`);
  expect(paths({ open, chosen: new Map() })).toEqual([
    "0 model",
    "1 model.embed",
    "1 model.layers",
    "2 model.layers.0",
    "0 head",
  ]);
  const wider = new Set(open).add("/model/layers/0");
  expect(paths({ open: wider, chosen: new Map([["/model/layers/0", 2]]) })).toEqual([
    ...["0 model", "1 model.embed", "1 model.layers", "2 model.layers.2", "3 model.layers.2.mlp", "0 head"],
  ]);
  expect(openAtFirst(payload, 3)).toEqual(new Set());
});

test("a search finds names, classes and weights, and what is around them", () => {
  expect([...found(payload, "MLP").keys]).toEqual(["/model/layers/0/mlp"]);
  expect([...found(payload, "mlp").around]).toEqual(["/model", "/model/layers", "/model/layers/0"]);
  expect(found(payload, "weight").keys.size).toBe(3);
  expect(found(payload, "nothing").keys.size).toBe(0);
});

test("of a model of 2,000 modules a search opens no more than can be drawn", () => {
  const leaves = Array.from({ length: 20 }, (_, i) => leaf(`part${i}`));
  const wide: ModulesPayload = {
    name: "wide",
    root: group(
      "",
      Array.from({ length: 100 }, (_, i) => group(`kind${i}`, leaves)),
    ),
  };
  const { keys, around } = found(wide, "part");
  expect(keys.size).toBe(2000);
  const closed = { open: new Set<string>(), chosen: new Map<string, number>() };
  const open = widened(wide, closed, around, 1500);
  expect(rowsOf(wide, { ...closed, open })).toHaveLength(1500);
  expect(widened(wide, { ...closed, open }, ["/kind99"], 1500)).toEqual(open);
});

test("what a search opens is counted once, not anew for each group", () => {
  let reads = 0;
  const watched = (module: ModuleRow): ModuleRow => ({
    ...module,
    get children() {
      reads++;
      return module.children ?? [];
    },
  });
  const many = Array.from({ length: 700 }, (_, i) => watched(group(`g${i}`, [watched(leaf("part"))])));
  const payload: ModulesPayload = { name: "many", root: watched(group("", [watched(group("all", many))])) };
  const { around } = found(payload, "part");
  const closed = { open: new Set(["/all/g3"]), chosen: new Map<string, number>() };
  reads = 0;
  const open = widened(payload, closed, around, 1500);
  expect(reads).toBeLessThan(4 * 1402);
  // `all`, its 700 groups, and the module in each
  expect(rowsOf(payload, { ...closed, open })).toHaveLength(1 + 700 + 700);
});
