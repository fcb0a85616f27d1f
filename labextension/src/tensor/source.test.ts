import { expect, test } from "vitest";
import type { Live } from "../live/live.ts";
import type { Reply } from "../live/questions.ts";
import { type Sought, Source } from "./source.ts";

const sought: Sought = {
  axes: { rowAxis: 0, colAxis: 1, fixed: [0, 0] },
  detail: { at: { row: 0, col: 0, rows: 2, cols: 2 }, pool: [1, 1], cellWidth: 1, cellHeight: 1 },
  sides: { rows: 2, cols: 2 },
  reduce: "absmax",
  margin: true,
  rough: { lo: 0, hi: 254 },
};

test("a tile that is under way in one slot is not asked for in another, unless it was dropped; in bytes it stands in for no exact one, nor in other colours", async () => {
  const asked: { slot: string; answer: (reply: Reply) => void }[] = [];
  const ask = (slot: string) =>
    new Promise<Reply>((answer) => {
      asked.push({ slot, answer });
    });
  const source = new Source("a", { ask } as unknown as Live, false);
  const ahead = source.fetch("ahead", sought, sought.rough);
  expect(await source.fetch("cells", sought, sought.rough)).toBe(false);
  expect(asked.map(({ slot }) => slot)).toEqual(["ahead 0"]);
  asked[0]!.answer({ kind: "dropped" });
  expect(await ahead).toBe(false);
  const now = source.fetch("cells", sought, sought.rough);
  expect(asked.map(({ slot }) => slot)).toEqual(["ahead 0", "cells 0"]);
  const buffers = [Uint8Array.of(1, 2, 3, 0), new Float64Array(4)].map(({ buffer }) => new DataView(buffer));
  expect(source.find(sought)).toBeUndefined();
  asked[1]!.answer({ kind: "result", result: { encoding: "uint8" }, buffers });
  expect(await now).toBe(true);
  const found = source.find(sought)!;
  expect([...(found.view.values as Float64Array)]).toEqual([0, 1, 2, Number.NaN]);
  expect(source.find(sought, found)).toBe(found);
  const { rough: _, ...exact } = sought;
  expect([source.find(exact), source.find({ ...sought, rough: { lo: 0, hi: 127 } })]).toEqual([
    undefined,
    undefined,
  ]);
});

test("the sizes of rows are asked for only where they are drawn, and then also of a tile that came without", async () => {
  const asked: (boolean | undefined)[] = [];
  const ask = (_: string, { squares }: { readonly squares?: boolean }): Promise<Reply> => {
    asked.push(squares);
    const parts = [Float32Array.of(3, 4, 0, 1), ...(squares ? [Float64Array.of(25, 2, 1, 2)] : [])];
    const buffers = parts.map(({ buffer }) => new DataView(buffer));
    return Promise.resolve({ kind: "result", result: { encoding: "float32" }, buffers });
  };
  const source = new Source("b", { ask } as unknown as Live, false);
  const { rough: _, ...exact } = sought;
  const narrow = { ...exact, margin: false };
  await source.fetch("cells", narrow);
  expect([...(source.find(narrow)!.view.values as Float64Array)]).toEqual([3, 4, 0, 1]);
  expect(source.find(exact)).toBeUndefined();
  await source.fetch("cells", exact);
  expect(source.find(exact)!.rms).toEqual([Math.sqrt(12.5), Math.sqrt(0.5)]);
  expect(await source.fetch("cells", narrow)).toBe(false);
  expect(asked).toEqual([false, true]);
});
